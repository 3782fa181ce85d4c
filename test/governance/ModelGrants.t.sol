// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ModelGrants} from "../../contracts/governance/ModelGrants.sol";
import {IModelGrants} from "../../contracts/interfaces/IModelGrants.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {Lineage} from "../payments/InferenceMarket.t.sol";

/// @notice Funders, recipients and a reviewer do whatever they may, at any time.
contract GrantsHandler {
    address private constant REVIEWER = address(71);

    OpenToken public immutable token;
    ModelGrants public immutable grants;
    uint256 public funded;
    uint256 public returned;
    uint256 public paid;
    uint256 private time = 200_000_000;

    constructor(OpenToken token_, ModelGrants grants_) {
        token = token_;
        grants = grants_;
        token.approve(address(grants), type(uint256).max);
    }

    function create(uint256 amount, uint32 duration, uint8 count, uint32 reviewPeriod, uint32 life) external at(0) {
        IModelGrants.Milestone[] memory milestones = new IModelGrants.Milestone[](1 + (count % 4));
        for (uint256 i = 0; i < milestones.length; ++i) {
            uint96 part = uint96(1 + ((amount >> i) % 1e21));
            milestones[i] = IModelGrants.Milestone(IModelGrants.Check.Review, part, 1 + (duration % 1e7), 0);
            funded += part;
        }
        grants.create(
            IModelGrants.Terms({
                recipient: address(72),
                modelId: 1,
                reviewer: REVIEWER,
                reviewPeriod: reviewPeriod % 1e6,
                deadline: uint64(time + 1 + (life % 1e7))
            }),
            milestones,
            ""
        );
    }

    function submit(uint256 seed, uint32 later) external at(later) {
        uint256 id = _pick(seed);
        vm.prank(address(72));
        try grants.submit(id, bytes32(seed)) {} catch {}
    }

    function reject(uint256 seed, uint32 later) external at(later) {
        uint256 id = _pick(seed);
        vm.prank(REVIEWER);
        try grants.reject(id, "") {} catch {}
    }

    function reach(uint256 seed, uint32 later) external at(later) {
        try grants.reach(_pick(seed), new uint256[](0)) {} catch {}
    }

    function withdraw(uint256 seed, uint32 later) external at(later) {
        try grants.withdraw(_pick(seed)) returns (uint256 amount) {
            paid += amount;
        } catch {}
    }

    function lapse(uint256 seed, uint32 later) external at(later) {
        try grants.lapse(_pick(seed)) returns (uint256 amount) {
            returned += amount;
        } catch {}
    }

    function stop(uint256 seed, uint32 later) external at(later) {
        if (seed % 3 != 0) return;
        try grants.stop(_pick(seed)) returns (uint256 amount) {
            returned += amount;
        } catch {}
    }

    function _pick(uint256 seed) private view returns (uint256) {
        uint256 count = grants.grantCount();
        return count == 0 ? 0 : 1 + (seed % count);
    }

    modifier at(uint32 later) {
        time += later % 1e6;
        vm.warp(time);
        _;
    }
}

/// @notice What went in came out, or is there for somebody.
contract ModelGrantsInvariantTest {
    GrantsHandler private handler;

    function setUp() external {
        Lineage lineage = new Lineage();
        ModelGrants grants = new ModelGrants(
            lineage.token(),
            lineage.clock(),
            lineage.models(),
            lineage.indexes(),
            lineage.distributors(0)
        );
        handler = new GrantsHandler(lineage.token(), grants);
        OpenToken token = lineage.token();
        vm.prank(address(lineage));
        token.transfer(address(handler), 1e24);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_conservation() external view {
        uint256 held = handler.token().balanceOf(address(handler.grants()));
        require(handler.funded() == handler.paid() + handler.returned() + held, "OPEN was lost or made");
    }

    function invariant_everyStreamIsCovered() external view {
        uint256 owed;
        ModelGrants grants = handler.grants();
        for (uint256 id = 1; id <= grants.grantCount(); ++id)
            owed += grants.streamed(id) - grants.grantOf(id).withdrawn;
        require(owed <= handler.token().balanceOf(address(grants)), "a stream is not covered");
    }
}
