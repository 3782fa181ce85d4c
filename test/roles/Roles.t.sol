// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {AttributionPolicy} from "../../contracts/attribution/AttributionPolicy.sol";
import {ContributionRegistry} from "../../contracts/datanet/ContributionRegistry.sol";
import {ContributionReview} from "../../contracts/datanet/ContributionReview.sol";
import {DatanetRegistry} from "../../contracts/datanet/DatanetRegistry.sol";
import {IAttributionDemands} from "../../contracts/interfaces/IAttributionDemands.sol";
import {IAttributionPolicy} from "../../contracts/interfaces/IAttributionPolicy.sol";
import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {IContributionReview} from "../../contracts/interfaces/IContributionReview.sol";
import {IExitDelay} from "../../contracts/interfaces/IExitDelay.sol";
import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {ISlashEscrow} from "../../contracts/interfaces/ISlashEscrow.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {ModelRegistry} from "../../contracts/model/ModelRegistry.sol";
import {InferenceMarket} from "../../contracts/payments/InferenceMarket.sol";
import {Till} from "../../contracts/payments/Till.sol";
import {TrainingFees} from "../../contracts/training/TrainingFees.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {Court} from "../attribution/Court.sol";
import {anyPrice} from "../datanet/Registries.sol";
import {ReferenceSumTree} from "../libraries/ReferenceSumTree.sol";
import {STANDARD_BRIDGE, SUPERCHAIN_TOKEN_BRIDGE} from "../token/OpenToken.t.sol";

/// @notice Every function of every contract that not everybody may call, with arguments under which it succeeds for the one who
/// may: {Ownable}'s owner is the timelock, here this contract or the one that deployed the registries.
contract RolesTest is Court {
    using ReferenceSumTree for ReferenceSumTree.Levels;

    struct Restricted {
        address target;
        bytes call;
        /// Zero: nobody may, or not any more.
        address caller;
        /// Only after it was announced and everybody could leave.
        bool delayed;
    }

    error Attempted(bool done);
    error Refused(address target, bytes call);

    Restricted[] private _restricted;
    mapping(address caller => bool) private _hasRole;
    bytes32 private _rootHash;

    /// @dev Only before a root is pending may its challenge window be changed.
    bytes private _setWindow;

    constructor() {
        Settled memory settled = honest();
        _post(settled.root);
        _rootHash = keccak256(abi.encode(settled.root));
        _attest(2, indexParts());
        _listGovernance();
        _listStaking();
        _listData();
        _listRewards();
        _listToken();
    }

    /// @dev Invariant 8 of the protocol: without the timelock or the contract that the protocol names, nothing moves.
    function testFuzz_NobodyElseMay(address caller) public {
        vm.assume(!_hasRole[caller] && caller != address(0));
        for (uint256 i = 0; i < _restricted.length; ++i) {
            require(!_succeeds(i, caller), "a stranger may");
        }
    }

    /// @dev The refusals above are for the caller and not for the call.
    function test_WhoMayIsNotRefused() public {
        for (uint256 i = 0; i < _restricted.length; ++i) {
            address caller = _restricted[i].caller;
            if (caller != address(0) && !_succeeds(i, caller))
                revert Refused(_restricted[i].target, _restricted[i].call);
        }
    }

    /// @dev What a contract may do in one role does not reach further.
    function test_ARoleIsForItsFunctionsAlone() public {
        address[6] memory contracts = [
            address(disputes),
            address(demands),
            address(harmCharges),
            address(stakes),
            STANDARD_BRIDGE,
            SUPERCHAIN_TOKEN_BRIDGE
        ];
        for (uint256 i = 0; i < _restricted.length; ++i) {
            for (uint256 j = 0; j < contracts.length; ++j) {
                if (contracts[j] != _restricted[i].caller) require(!_succeeds(i, contracts[j]), "another role may");
            }
        }
    }

    /// @dev Not even who may can do it before everybody could leave.
    function test_WhoMayWaitsForTheExitDelay() public {
        uint256 delayed = 0;
        for (uint256 i = 0; i < _restricted.length; ++i) {
            if (!_restricted[i].delayed) continue;
            ++delayed;
            vm.prank(_restricted[i].caller);
            (bool done, ) = _restricted[i].target.call(_restricted[i].call);
            require(!done, "at once");
        }
        require(delayed != 0, "delayed");
    }

    /// @notice Tries a call and undoes it: reverts with whether it succeeded.
    function attempt(uint256 i, address caller) external {
        Restricted memory restricted = _restricted[i];
        if (keccak256(restricted.call) == keccak256(_setWindow)) {
            vm.prank(address(disputes));
            distributor.cancel(_rootHash, false);
        }
        if (restricted.delayed) {
            uint256 time = block.timestamp;
            vm.warp(time - 60 days);
            vm.prank(restricted.caller);
            IExitDelay(restricted.target).announce(restricted.call);
            vm.warp(time);
        }
        vm.prank(caller);
        (bool done, ) = restricted.target.call(restricted.call);
        revert Attempted(done);
    }

    function _succeeds(uint256 i, address caller) private returns (bool done) {
        try this.attempt(i, caller) {} catch (bytes memory reason) {
            require(bytes4(reason) == Attempted.selector, "reason");
            done = reason[35] != 0;
        }
    }

    function _listGovernance() private {
        ContributionReview review = ContributionReview(
            address(
                new ERC1967Proxy(
                    address(new ContributionReview(contributions, contributions.datanets(), stakes)),
                    abi.encodeCall(ContributionReview.initialize, (address(this), _reviewPolicy()))
                )
            )
        );
        address[5] memory proxies = [
            address(contributions.datanets()),
            address(contributions),
            address(review),
            address(models),
            address(market)
        ];
        for (uint256 i = 0; i < proxies.length; ++i) {
            address logic = address(uint160(uint256(vm.load(proxies[i], ERC1967Utils.IMPLEMENTATION_SLOT))));
            bytes memory upgrade = abi.encodeCall(UUPSUpgradeable.upgradeToAndCall, (logic, ""));
            _listDelayed(proxies[i], upgrade);
            _listOwnership(proxies[i]);
        }
        _listOwnership(address(clock));
        _listOwnership(address(stakes));
        _listOwnership(address(distributor));
        _listOwnership(address(indexes));
        _listOwnership(address(demands));
        _list(address(contributions.datanets()), abi.encodeCall(DatanetRegistry.initialize, (address(1))), address(0));
        _list(
            address(contributions),
            abi.encodeCall(ContributionRegistry.initialize, (address(1), 1 days)),
            address(0)
        );
        _list(
            address(review),
            abi.encodeCall(ContributionReview.initialize, (address(1), _reviewPolicy())),
            address(0)
        );
        _list(address(models), abi.encodeCall(ModelRegistry.initialize, (address(1), 0, 0, "scheme")), address(0));
        _list(
            address(market),
            abi.encodeCall(InferenceMarket.initialize, (address(1), address(1), market.split())),
            address(0)
        );
        _listDelayed(address(review), abi.encodeCall(review.setPolicy, (_reviewPolicy())));
        _listDelayed(address(clock), abi.encodeCall(clock.setLength, (2 days)));
        IAttributionPolicy.HarmRule memory rule = IAttributionPolicy.HarmRule(2_000, 5, 5);
        AttributionPolicy policy = new AttributionPolicy(address(this), rule, new IAttributionPolicy.Scheme[](0));
        _listOwnership(address(policy));
        _listDelayed(address(policy), abi.encodeCall(policy.setHarmRule, (rule)));
        _list(address(policy), abi.encodeCall(policy.certifyScheme, ("scheme", 1, "")), address(this));
    }

    function _listStaking() private {
        IStakePools.Role role = IStakePools.Role.Oracle;
        IStakePools.Role other = IStakePools.Role.Validator;
        IStakeManager.Slasher[] memory slashers = new IStakeManager.Slasher[](0);
        _listDelayed(address(stakes), abi.encodeCall(stakes.setParameters, (stakes.parameters())));
        _listDelayed(address(stakes), abi.encodeCall(stakes.setSlasher, (other, address(1), true)));
        _listDelayed(address(stakes), abi.encodeCall(stakes.setTreasury, (address(1))));
        _list(address(stakes), abi.encodeCall(stakes.announce, ("")), address(this));
        _list(address(stakes), abi.encodeCall(stakes.seal, (address(1), slashers)), address(0));
        _list(address(stakes), abi.encodeCall(stakes.slash, (role, address(this), 1, address(0))), address(disputes));
    }

    function _listData() private {
        IContributionRegistry.Part[] memory parts = new IContributionRegistry.Part[](1);
        parts[0] = IContributionRegistry.Part(IContributionRegistry.Kind.Train, "root", 1);
        token.approve(address(contributions), BOND);
        (uint256 id, ) = contributions.submit(1, parts, "", anyPrice());
        bytes memory resolve = abi.encodeCall(contributions.resolve, (id, 1, new address[](0), new uint256[](0)));
        _list(address(contributions), resolve, address(this));
        _list(
            address(contributions),
            abi.encodeCall(contributions.slashBond, (1, 1, address(1))),
            address(harmCharges)
        );
        _list(address(contributions), abi.encodeCall(contributions.setReview, (address(1))), address(0));
        _list(address(contributions), abi.encodeCall(contributions.setHarmCharges, (address(1))), address(0));
        _listDelayed(address(contributions), abi.encodeCall(contributions.setBondCoolOff, (2 days)));
        _list(address(models), abi.encodeCall(models.setScheme, ("scheme", false)), address(this));
        _list(address(models), abi.encodeCall(models.setMinParentShare, (1)), address(this));
        _listDelayed(address(models), abi.encodeCall(models.setRoyalty, (1)));
        TrainingFees fees = TrainingFees(models.trainingFees());
        _list(address(models), abi.encodeCall(models.setTrainingFees, (address(1))), address(0));
        _listDelayed(address(fees), abi.encodeCall(fees.setPrices, (fees.prices())));
        _listOwnership(address(fees));
        IModelRegistry.Size memory size = IModelRegistry.Size(1, 1, 1, 1);
        _list(address(fees), abi.encodeCall(fees.escrow, (9, address(1), size, 0)), address(models));
        _listDelayed(address(indexes), abi.encodeCall(indexes.setChallengeWindow, (2 hours)));
        _listDelayed(address(indexes), abi.encodeCall(indexes.setCertificateFloor, (1)));
        // The judge is set for ever.
        _list(address(indexes), abi.encodeCall(indexes.setDisputes, (address(1))), address(0));
        _list(address(indexes), abi.encodeCall(indexes.cancel, (2, true)), address(disputes));
    }

    function _listRewards() private {
        IInferenceMarket.Split memory split = market.split();
        IAttributionDemands.Policy memory policy = demands.policy();
        _listDelayed(address(market), abi.encodeCall(market.setSplit, (split)));
        _listDelayed(address(market), abi.encodeCall(market.setTreasury, (address(1))));
        uint64 later = clock.current() + 100;
        _listDelayed(address(market), abi.encodeCall(market.setDistributor, (address(1), later)));
        _list(address(market), abi.encodeCall(market.setCollaborators, (address(1), address(1))), address(this));
        _list(address(new Till(token)), abi.encodeCall(Till.empty, ()), address(this));
        _listDelayed(address(demands), abi.encodeCall(demands.setPolicy, (policy)));
        _list(
            address(disputes),
            abi.encodeCall(disputes.cancelRoot, (address(1), ISlashEscrow.Silence(0, 0))),
            address(demands)
        );
        _list(
            address(disputes),
            abi.encodeCall(disputes.cancelIndex, (2, address(1), ISlashEscrow.Silence(0, 0))),
            address(demands)
        );
        _setWindow = abi.encodeCall(distributor.setChallengeWindow, (2 days));
        _listDelayed(address(distributor), _setWindow);
        _list(address(distributor), abi.encodeCall(distributor.fund, (1, 0)), address(this));
        _list(address(distributor), abi.encodeCall(distributor.cancel, (_rootHash, true)), address(disputes));
        _list(address(distributor), abi.encodeCall(distributor.setQuorum, (0)), address(stakes));
        _list(address(distributor), abi.encodeCall(distributor.pausePosts, (1)), address(this));
        _list(address(distributor), abi.encodeCall(distributor.resumePosts, ()), address(this));
        _listDelayed(address(distributor), abi.encodeCall(distributor.setFunder, (address(1), true)));
        // Once, at deployment.
        _list(address(distributor), abi.encodeCall(distributor.wire, (address(1), new address[](0))), address(0));
        _list(address(distributor), abi.encodeCall(distributor.setGuardian, (address(1))), address(this));
    }

    function _listToken() private {
        address bridged = address(new OpenToken(address(0), address(1)));
        for (uint256 i = 0; i < 2; ++i) {
            address target = i == 0 ? address(token) : bridged;
            (address standard, address interop) = i == 0
                ? (address(0), address(0))
                : (STANDARD_BRIDGE, SUPERCHAIN_TOKEN_BRIDGE);
            _list(target, abi.encodeCall(OpenToken.mint, (address(2), 0)), standard);
            _list(target, abi.encodeCall(OpenToken.burn, (address(2), 0)), standard);
            _list(target, abi.encodeCall(token.crosschainMint, (address(2), 0)), interop);
            _list(target, abi.encodeCall(token.crosschainBurn, (address(2), 0)), interop);
        }
    }

    function _listOwnership(address target) private {
        address owner = Ownable(target).owner();
        _list(target, abi.encodeCall(Ownable.transferOwnership, (address(1))), owner);
        _list(target, abi.encodeCall(Ownable.renounceOwnership, ()), owner);
    }

    function _list(address target, bytes memory call, address caller) private {
        _restricted.push(Restricted(target, call, caller, false));
        _hasRole[caller] = true;
    }

    function _listDelayed(address target, bytes memory call) private {
        address owner = Ownable(target).owner();
        _restricted.push(Restricted(target, call, owner, true));
        _hasRole[owner] = true;
    }

    function _reviewPolicy() private pure returns (IContributionReview.Policy memory) {
        return IContributionReview.Policy(1 hours, 1 hours, 1 days, 500, 1);
    }
}
