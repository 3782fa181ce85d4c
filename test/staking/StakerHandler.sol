// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {vm} from "../Vm.sol";
import {StakeWorld} from "./StakeWorld.sol";

/// @notice Calls what is there for who stakes, as five operators, three delegators and a visitor.
abstract contract StakerHandler is StakeWorld {
    function stake(uint256 who, uint256 pool, uint256 assets) public keepsWhatCounts {
        (IStakePools.Role role, address operator) = poolAt(pool);
        assets = 1 + (assets % 1e22);
        vm.prank(actorAt(who));
        try stakes.stake(role, operator, assets, 0, 1_000) {
            received += assets;
            if (role == IStakePools.Role.Oracle) joined.push(Joined(operator, assets, block.timestamp));
            _noteWorth(who, pool);
        } catch (bytes memory reason) {
            // Slashed to nothing more than once.
            require(bytes4(reason) == IStakePools.StakePoolSpent.selector, "refused");
        }
    }

    function requestUnbond(uint256 who, uint256 pool, uint256 part) external keepsWhatCounts {
        (IStakePools.Role role, address operator) = poolAt(pool);
        address actor = actorAt(who);
        uint256 shares = stakes.sharesOf(role, operator, actor);
        if (shares == 0) return;
        shares = 1 + (part % shares);
        vm.prank(actor);
        // Shares worth nothing stay.
        uint256 before = stakes.poolOf(role, operator).unbondingAssets;
        try stakes.requestUnbond(role, operator, shares) returns (uint256 ticketId) {
            tickets.push(ticketId);
            IStakePools.Ticket memory ticket = stakes.ticketOf(ticketId);
            uint256 assets = stakes.poolOf(role, operator).unbondingAssets - before;
            if (role == IStakePools.Role.Oracle) {
                leaving.push(Leaving(ticketId, operator, assets, ticket.unbondingShares, ticket.withdrawableAt));
            }
            _noteWorth(who, pool);
        } catch {}
    }

    function withdraw(uint256 which) external keepsWhatCounts {
        if (tickets.length == 0) return;
        which %= tickets.length;
        IStakePools.Ticket memory ticket = stakes.ticketOf(tickets[which]);
        bool due = block.timestamp >= ticket.withdrawableAt;
        vm.prank(ticket.owner);
        if (!due) vm.expectRevert();
        uint256 assets = stakes.withdraw(tickets[which]);
        if (!due) return;
        paid += assets;
        tickets[which] = tickets[tickets.length - 1];
        tickets.pop();
    }

    function fundStakers(uint256 assets) external {
        assets %= 1e21;
        stakes.fundStakers(assets);
        funded += assets;
    }

    function claim(uint256 who, uint256 pool) external {
        (, address operator) = poolAt(pool % 5);
        vm.prank(actorAt(who));
        earned += rewards.claim(operator);
    }

    function claimAll() external {
        vm.warp(clock.endOf(clock.current()));
        for (uint256 pool = 0; pool < 5; ++pool) {
            for (uint256 who = 0; who < 8; ++who) {
                vm.prank(actorAt(who));
                earned += rewards.claim(_operators[pool]);
            }
        }
        require(token.balanceOf(address(rewards)) <= 1e6, "rewards were lost");
    }

    /// @dev A stake that comes and goes within an epoch earns nothing of what came in meanwhile, however large it is.
    function visit(uint256 pool, uint256 assets, uint256 revenue) external {
        (, address operator) = poolAt(pool % 5);
        address visitor = address(301);
        assets = 1e18 + (assets % 1e24);
        revenue %= 1e21;
        token.transfer(visitor, assets);
        vm.prank(visitor);
        token.approve(address(stakes), assets);
        vm.prank(visitor);
        try stakes.stake(IStakePools.Role.Oracle, operator, assets, 0, 10_000) returns (uint256 shares) {
            received += assets;
            joined.push(Joined(operator, assets, block.timestamp));
            stakes.fundStakers(revenue);
            funded += revenue;
            uint256 before = stakes.poolOf(IStakePools.Role.Oracle, operator).unbondingAssets;
            vm.prank(visitor);
            uint256 ticketId = stakes.requestUnbond(IStakePools.Role.Oracle, operator, shares);
            IStakePools.Ticket memory ticket = stakes.ticketOf(ticketId);
            tickets.push(ticketId);
            uint256 left = stakes.poolOf(IStakePools.Role.Oracle, operator).unbondingAssets - before;
            leaving.push(Leaving(ticketId, operator, left, ticket.unbondingShares, ticket.withdrawableAt));
            vm.warp(clock.endOf(clock.current()));
            vm.prank(visitor);
            require(rewards.claim(operator) == 0, "a visitor earned");
        } catch {}
    }

    function donate(uint256 assets) external {
        assets %= 1e21;
        token.transfer(address(stakes), assets);
        donated += assets;
    }

    function wait(uint256 duration) external {
        vm.warp(block.timestamp + (duration % 12 days));
    }
}
