// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDatanetRegistry} from "../../contracts/interfaces/IDatanetRegistry.sol";
import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {IModelGrants} from "../../contracts/interfaces/IModelGrants.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IModelShares} from "../../contracts/interfaces/IModelShares.sol";
import {IShareIssuer} from "../../contracts/interfaces/IShareIssuer.sol";
import {IUniswapV2Factory, IUniswapV2Pair} from "../../contracts/interfaces/IUniswapV2.sol";
import {ModelShares} from "../../contracts/liquidity/ModelShares.sol";
import {ShareIssuer} from "../../contracts/liquidity/ShareIssuer.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {Registries} from "../datanet/Registries.sol";
import {deployExchange} from "./Exchange.sol";

/// @notice Shareholders, payers, traders, bidders and griefers around the shares of a Datanet, at any time.
contract SharesHandler {
    uint256 public constant PEOPLE = 5;
    uint256 private constant PERIOD = 1 days;

    Registries private registries = new Registries(0, 0);
    IUniswapV2Factory private exchange = deployExchange();
    OpenToken public token = registries.token();
    ModelShares public shares;
    /// Excluded from the beginning, and one that is excluded somewhere on the way.
    address[2] public pairs;
    address private otherToken;

    uint256 public received;
    uint256 public claimed;
    uint256 public bid;
    /// Each may round a wei away.
    uint256 public roundings;
    uint256 private time = 200_000_000;

    modifier at(uint32 later) {
        time += later % (3 * PERIOD);
        vm.warp(time);
        _;
    }

    constructor() {
        vm.warp(time);
        IDatanetRegistry datanets = IDatanetRegistry(address(registries.datanets()));
        ModelShares implementation = new ModelShares(
            ModelShares.Collaborators({
                token: token,
                market: IInferenceMarket(address(0)),
                models: IModelRegistry(address(0)),
                datanets: datanets,
                agents: address(0),
                grants: IModelGrants(address(0)),
                exchange: exchange
            }),
            PERIOD
        );
        ShareIssuer issuer = new ShareIssuer(implementation);
        vm.startPrank(address(registries));
        datanets.transferFrom(address(registries), address(this), 1);
        token.transfer(address(this), 1e26);
        vm.stopPrank();
        datanets.approve(address(issuer), 1);
        shares = ModelShares(
            issuer.issue(IShareIssuer.Issue(address(datanets), 1, "Datanet 1", "D1", person(0), true, 5e23))
        );
        otherToken = address(new OpenToken(address(this), address(0)));
        pairs = [
            exchange.createPair(address(shares), address(token)),
            exchange.createPair(address(shares), otherToken)
        ];
        shares.exclude(address(token));
        for (uint256 i = 0; i < PEOPLE; ++i) {
            shares.transfer(person(i), 1e23);
            token.transfer(person(i), 1e24);
            vm.startPrank(person(i));
            token.approve(address(shares), type(uint256).max);
            shares.delegate(person(i));
            vm.stopPrank();
        }
        token.transfer(pairs[0], 1e21);
        shares.transfer(pairs[0], 2e23);
        IUniswapV2Pair(pairs[0]).mint(address(this));
    }

    function person(uint256 i) public pure returns (address) {
        return address(uint160(1000 + i));
    }

    /// @dev From a wei, which must delay nothing, to a fortune.
    function pay(uint256 amount, uint8 magnitude, uint32 later) external at(later) {
        amount = 1 + (amount % 10 ** (magnitude % 24));
        token.transfer(address(shares), amount);
        received += amount;
    }

    /// @dev Also to itself, to the contract of shares and into pairs. No transfer may earn anything in its second.
    function move(uint8 from, uint8 to, uint256 amount, uint32 later) external at(later) {
        address sender = person(from % PEOPLE);
        address[8] memory receivers = [
            person(0),
            person(1),
            person(2),
            person(3),
            person(4),
            pairs[0],
            pairs[1],
            address(shares)
        ];
        address receiver = receivers[to % 8];
        uint256 before = shares.claimable(sender) + shares.claimable(receiver);
        amount = amount % (shares.balanceOf(sender) + 1);
        vm.prank(sender);
        shares.transfer(receiver, amount);
        roundings += 4;
        uint256 present = shares.claimable(sender) + (sender == receiver ? 0 : shares.claimable(receiver));
        require(present <= before, "a transfer earned");
    }

    /// @dev Buys with OPEN out of the pair, and takes what the purchase may have earned.
    function buy(uint8 who, uint96 amount, uint32 later) external at(later) {
        address buyer = person(who % PEOPLE);
        uint256 paid = 1e15 + (amount % 1e21);
        if (token.balanceOf(buyer) < paid) return;
        uint256 before = shares.claimable(buyer);
        IUniswapV2Pair pair = IUniswapV2Pair(pairs[0]);
        // Nobody else's gift to the pair shall pay for it.
        pair.sync();
        bool sharesFirst = address(shares) < address(token);
        (uint256 inFirst, uint256 inSecond, ) = pair.getReserves();
        (uint256 held, uint256 open) = sharesFirst ? (inFirst, inSecond) : (inSecond, inFirst);
        uint256 bought = (paid * 997 * held) / (open * 1000 + paid * 997);
        if (bought == 0) return;
        vm.prank(buyer);
        token.transfer(address(pair), paid);
        pair.swap(sharesFirst ? bought : 0, sharesFirst ? 0 : bought, buyer, "");
        roundings += 4;
        require(shares.claimable(buyer) <= before + 1, "a purchase earned");
    }

    function claim(uint8 who, uint32 later) external at(later) {
        address account = person(who % PEOPLE);
        vm.prank(account);
        claimed += shares.claim(account);
        roundings += 3;
    }

    function exclude(uint32 later) external at(later) {
        if (shares.isExcluded(pairs[1])) return;
        shares.exclude(otherToken);
        roundings += 3;
    }

    function skimAndSync(uint8 which, uint32 later) external at(later) {
        IUniswapV2Pair pair = IUniswapV2Pair(pairs[which % 2]);
        if (which % 3 == 0) {
            uint256 before = token.balanceOf(address(shares));
            pair.skim(address(shares));
            received += token.balanceOf(address(shares)) - before;
            roundings += 4;
        } else {
            pair.sync();
        }
    }

    function offer(uint96 reserve, uint32 later) external at(later) {
        (, address bidder, , ) = shares.auction();
        if (bidder != address(0) || !_mayLeave()) return;
        bytes memory call = abi.encodeCall(IModelShares.offer, (1 + (reserve % 1e21)));
        bytes32 decision = shares.decisionOf(address(shares), call);
        address[] memory supporters = new address[](PEOPLE);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            supporters[i] = person(i);
            vm.prank(person(i));
            shares.support(decision);
        }
        try shares.decide(address(shares), call, supporters) {} catch {}
    }

    function bidMore(uint8 who, uint96 more, uint32 later) external at(later) {
        (uint96 reserve, address bidder, uint96 present, uint64 endsAt) = shares.auction();
        if (reserve == 0 || (bidder != address(0) && time >= endsAt)) return;
        uint96 amount = (bidder == address(0) ? reserve : present + present / 20 + 1) + (more % 1e20);
        address account = person(who % PEOPLE);
        if (token.balanceOf(account) < amount) return;
        vm.prank(account);
        shares.bid(amount);
        bid = amount;
        roundings += 2;
    }

    function settleAuction(uint32 later) external at(later) {
        (, address bidder, , uint64 endsAt) = shares.auction();
        if (bidder == address(0)) return;
        if (time < endsAt) {
            time = endsAt;
            vm.warp(time);
        }
        shares.settleAuction();
        received += bid;
        bid = 0;
        roundings += 2;
    }

    /// @dev Nobody but the manager calls the registry, and he only what is allowed.
    function manage(uint8 who, bytes4 selector, uint256 id) external {
        address account = person(who % PEOPLE);
        bytes memory call = abi.encodePacked(selector, id);
        vm.prank(account);
        try shares.manage(call) {
            revert("a call without arguments passed");
        } catch {}
        vm.prank(account);
        try shares.manage(abi.encodeWithSignature("transferFrom(address,address,uint256)", shares, account, 1)) {
            revert("the NFT was moved");
        } catch {}
    }

    function _mayLeave() private view returns (bool) {
        return registries.datanets().ownerOf(1) == address(shares);
    }
}

contract ModelSharesInvariantTest {
    SharesHandler private handler;

    function setUp() external {
        handler = new SharesHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @notice What arrived was claimed, can be claimed or is still to be streamed, but for the wei that rounding left.
    function invariant_paidAndClaimableIsReceived() external view {
        ModelShares shares = handler.shares();
        uint256 claimable = shares.claimable(handler.pairs(1)) + shares.claimable(address(handler));
        for (uint256 i = 0; i < handler.PEOPLE(); ++i) claimable += shares.claimable(handler.person(i));
        uint256 known = handler.claimed() + claimable + shares.unstreamed();
        require(known <= handler.received(), "more than arrived");
        require(handler.received() - known <= 2 * handler.roundings() + 8, "more than rounding is lost");
    }

    function invariant_everythingIsThere() external view {
        uint256 held = handler.token().balanceOf(address(handler.shares()));
        require(held == handler.received() - handler.claimed() + handler.bid(), "OPEN was lost or made");
    }

    function invariant_thoseWhoCannotClaimEarnNothing() external view {
        ModelShares shares = handler.shares();
        require(shares.claimable(handler.pairs(0)) == 0, "the pair earned");
        require(shares.claimable(address(shares)) == 0, "the shares earned from themselves");
        if (shares.isExcluded(handler.pairs(1)))
            require(shares.claimable(handler.pairs(1)) == 0, "the other pair earned");
    }

    function invariant_supplyIsFixedAndEarningSupplyIsItsPart() external view {
        ModelShares shares = handler.shares();
        uint256 earning = shares.balanceOf(address(handler));
        for (uint256 i = 0; i < handler.PEOPLE(); ++i) earning += shares.balanceOf(handler.person(i));
        if (!shares.isExcluded(handler.pairs(1))) earning += shares.balanceOf(handler.pairs(1));
        require(shares.earningSupply() == earning, "earning supply");
        require(shares.totalSupply() == shares.SUPPLY(), "supply");
    }
}
