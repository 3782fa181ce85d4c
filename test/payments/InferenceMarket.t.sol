// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IndexRegistry} from "../../contracts/attribution/IndexRegistry.sol";
import {ContributionRegistry} from "../../contracts/datanet/ContributionRegistry.sol";
import {DatanetRegistry} from "../../contracts/datanet/DatanetRegistry.sol";
import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {IIndexRegistry} from "../../contracts/interfaces/IIndexRegistry.sol";
import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {ITill} from "../../contracts/interfaces/ITill.sol";
import {ModelRegistry} from "../../contracts/model/ModelRegistry.sol";
import {InferenceMarket} from "../../contracts/payments/InferenceMarket.sol";
import {RevenueSplit} from "../../contracts/payments/RevenueSplit.sol";
import {RewardDistributor} from "../../contracts/rewards/RewardDistributor.sol";
import {StakeManager} from "../../contracts/staking/StakeManager.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {announced} from "../access/announced.sol";
import {anyPrice, Registries} from "../datanet/Registries.sol";
import {Agreement} from "../staking/Agreement.sol";
import {artefactsOf, trainForNothing} from "../training/freeTraining.sol";

/// @notice Answers the index registry that no demand is open.
contract NoDisputes {
    function isIndexHeld(uint256) external pure returns (bool) {
        return false;
    }
}

/// @notice A market of three models with an active version in one lineage (3 derives from 2 and 1, 2 from 1), and a base model.
contract Lineage {
    uint256 private constant KEY = 0x51617;
    uint256 public constant MODELS = 3;
    uint256 public constant BASE_MODEL = 4;
    uint256 private constant STAKE = 1e24;
    address public constant TREASURY = address(41);
    address public constant OTHER_TREASURY = address(44);
    address public constant OWNER = address(42);
    address public constant PROVIDER = address(43);
    address public constant CURATOR = address(45);

    OpenToken public token;
    EpochClock public clock;
    ModelRegistry public models;
    StakeManager public stakes;
    IndexRegistry public indexes;
    RewardDistributor[] public distributors;
    InferenceMarket public market;
    uint256 public constant START = 100_000_000;
    uint256 public time = START;

    constructor() {
        vm.warp(time);
        Registries registries = new Registries(0, 0);
        registries.setReview(address(this));
        token = registries.token();
        clock = registries.clock();
        ContributionRegistry contributions = registries.contributions();
        IContributionRegistry.Part[] memory parts = new IContributionRegistry.Part[](1);
        parts[0] = IContributionRegistry.Part(IContributionRegistry.Kind.Train, bytes32(uint256(1)), 1);
        contributions.submit(1, parts, "", anyPrice());
        contributions.resolve(1, 1, new address[](0), new uint256[](0));

        DatanetRegistry datanets = registries.datanets();
        vm.prank(address(registries));
        datanets.transferFrom(address(registries), CURATOR, 1);
        _deploy(datanets, contributions);
        registries.give(address(this), 1e25);
        _stake();
        models.pinSnapshot(1);
        for (uint256 id = 1; id <= MODELS; ++id) _publish(id);
        models.mint(IModelRegistry.ModelTerms(new IModelRegistry.Parent[](0), PROVIDER, 1, true), "");
        models.transferFrom(address(this), OWNER, BASE_MODEL);
    }

    /// @dev What of the owner's part goes to each parent.
    function shareOf(uint256 modelId) public pure returns (uint16) {
        return modelId == 2 ? 3333 : 5000;
    }

    function pay(uint256 modelId, uint256 amount) public {
        token.transfer(market.tillOf(modelId), amount);
    }

    function setSplit(IInferenceMarket.Split memory split) public {
        announced(address(market), abi.encodeCall(market.setSplit, (split)));
        market.setSplit(split);
    }

    /// @notice Another distributor for the pools from an epoch on, the last named for it.
    function setDistributor(uint64 fromEpoch) public {
        RewardDistributor distributor = _newDistributor();
        announced(address(market), abi.encodeCall(market.setDistributor, (address(distributor), fromEpoch)));
        market.setDistributor(address(distributor), fromEpoch);
        distributors.push(distributor);
    }

    /// @notice How many distributors there are.
    function distributorCount() public view returns (uint256) {
        return distributors.length;
    }

    /// @notice What all distributors hold.
    function held() public view returns (uint256 amount) {
        for (uint256 i = 0; i < distributors.length; ++i) amount += token.balanceOf(address(distributors[i]));
    }

    function setTreasury(address treasury) public {
        announced(address(market), abi.encodeCall(market.setTreasury, (treasury)));
        market.setTreasury(treasury);
    }

    function _deploy(DatanetRegistry datanets, ContributionRegistry contributions) private {
        models = ModelRegistry(
            _proxy(
                address(new ModelRegistry(clock, datanets, contributions)),
                abi.encodeCall(ModelRegistry.initialize, (address(this), 0, 0, "scheme"))
            )
        );
        IStakeManager.Parameters memory parameters = IStakeManager.Parameters({
            minStake: 1,
            quorumFloor: 1,
            activationDelay: 1,
            unbondingPeriod: 30 days,
            snapshotLifetime: 10 days,
            snapshotInterval: 1 days,
            jailPeriod: 1 days,
            minSigners: 1,
            challengerBps: 0
        });
        stakes = new StakeManager(token, clock, address(this), TREASURY, parameters);
        indexes = new IndexRegistry(clock, stakes, models, address(this), 1 hours, 0);
        market = InferenceMarket(
            _proxy(
                address(new InferenceMarket(token, clock, models, stakes)),
                abi.encodeCall(
                    InferenceMarket.initialize,
                    (address(this), TREASURY, IInferenceMarket.Split(500, 2000, 1500, 1000, 300))
                )
            )
        );
        trainForNothing(token, stakes, models);
        RewardDistributor distributor = _newDistributor();
        distributors.push(distributor);
        market.setCollaborators(address(distributor), address(indexes));
        stakes.seal(address(distributor), new IStakeManager.Slasher[](0));
        indexes.setDisputes(address(new NoDisputes()));
    }

    /// @dev One that the market funds.
    function _newDistributor() private returns (RewardDistributor distributor) {
        distributor = new RewardDistributor(
            token,
            clock,
            address(stakes),
            address(this),
            address(this),
            1 hours,
            1 hours
        );
        address[] memory funders = new address[](1);
        funders[0] = address(market);
        distributor.wire(address(this), funders);
    }

    function _stake() private {
        token.approve(address(stakes), STAKE);
        bytes memory agreement = Agreement.sign(stakes, KEY, address(this), IStakePools.Role.Oracle);
        stakes.register(IStakePools.Role.Oracle, vm.addr(KEY), 0, type(uint256).max, agreement);
        stakes.stake(IStakePools.Role.Oracle, address(this), STAKE, 0, 0);
        time += 1 hours;
        vm.warp(time);
        stakes.snapshotQuorum();
    }

    function _publish(uint256 id) private {
        IModelRegistry.Parent[] memory parents = new IModelRegistry.Parent[](id - 1);
        for (uint256 i = 0; i < parents.length; ++i) parents[i] = IModelRegistry.Parent(uint64(i + 1), shareOf(id));
        models.mint(IModelRegistry.ModelTerms(parents, PROVIDER, 1, false), "");
        uint256[] memory snapshots = new uint256[](1);
        snapshots[0] = 1;
        models.publishVersion(id, artefactsOf(snapshots), 0);
        models.transferFrom(address(this), OWNER, id);
        IIndexRegistry.IndexPart[] memory parts = new IIndexRegistry.IndexPart[](1);
        parts[0] = IIndexRegistry.IndexPart(1, "root", 1, "quality", "folds");
        IIndexRegistry.IndexAttestation memory attestation = IIndexRegistry.IndexAttestation({
            versionId: id,
            partsHash: keccak256(abi.encode(parts)),
            size: 1,
            k: 32,
            certificateBps: 0,
            bundleHash: "bundle"
        });
        (uint256[] memory members, uint256 denominator, ) = stakes.quorumOf(1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, indexes.attestationDigest(attestation, 1));
        bytes memory signature = abi.encodePacked(r, (uint256(v - 27) << 255) | uint256(s));
        bytes memory header = abi.encodePacked(uint64(1), uint96(denominator), uint32(1), uint32(0));
        indexes.attest(attestation, parts, abi.encodePacked(header, uint96(members[0]), signature));
        time += 1 hours;
        vm.warp(time);
        indexes.activate(id);
    }

    function _proxy(address logic, bytes memory call) private returns (address) {
        return address(new ERC1967Proxy(logic, call));
    }
}

/// @notice Pays, sweeps and changes the split at random.
contract MarketHandler {
    Lineage public lineage = new Lineage();
    uint256 public paid;
    uint256 public time = lineage.time();
    mapping(uint256 modelId => mapping(uint64 epoch => bytes32)) public receipts;
    uint64 private _named;

    function pay(uint8 model, uint72 amount) external {
        lineage.pay(1 + (model % 4), amount);
        paid += amount;
    }

    function sweep(uint8 model) external {
        vm.warp(time);
        uint256 modelId = 1 + (model % 4);
        InferenceMarket market = lineage.market();
        if (lineage.token().balanceOf(market.tillOf(modelId)) != 0) market.sweep(modelId);
    }

    function split(uint16 a, uint16 b, uint16 c, uint16 d, uint16 curators) external {
        lineage.setSplit(IInferenceMarket.Split(a % 1626, b % 1626, c % 1626, d % 1626, curators % 501));
    }

    /// @dev From a later epoch on, never before one that another was named for; the pools of the epochs before stay where they are.
    function setDistributor(uint8 later) external {
        vm.warp(time);
        uint64 fromEpoch = lineage.clock().current() + 1 + (later % 3);
        if (fromEpoch < _named) fromEpoch = _named;
        _named = fromEpoch;
        lineage.setDistributor(fromEpoch);
    }

    /// @dev Half of the time by somebody else than the provider; of an epoch that is open, closed or to come.
    function commitReceipts(uint8 model, uint64 epoch, bytes32 root, uint32 count, bool provider) external {
        vm.warp(time);
        uint256 modelId = 1 + (model % 3);
        (InferenceMarket market, EpochClock clock) = (lineage.market(), lineage.clock());
        epoch = 1 + (epoch % (clock.current() + 1));
        bool open = epoch <= clock.current() && block.timestamp < clock.endOf(epoch) + clock.receiptsGrace();
        bool possible = provider && open && root != 0;
        vm.prank(provider ? lineage.PROVIDER() : address(this));
        if (!possible) vm.expectRevert();
        market.commitReceipts(modelId, epoch, root, count, "");
        (bytes32 present, uint32 counted) = market.receiptsOf(modelId, epoch);
        if (possible) receipts[modelId][epoch] = keccak256(abi.encode(root, count));
        bytes32 booked = receipts[modelId][epoch];
        require(booked == (present == 0 ? bytes32(0) : keccak256(abi.encode(present, counted))), "receipts");
    }

    /// @dev A till gives to its market alone.
    function emptyTill(uint8 model) external {
        address till = lineage.market().tillOf(1 + (model % 3));
        if (till.code.length == 0) return;
        vm.expectRevert(abi.encodeWithSelector(ITill.TillUnauthorized.selector, address(this)));
        ITill(till).empty();
    }

    function setTreasury(bool other) external {
        lineage.setTreasury(other ? lineage.OTHER_TREASURY() : lineage.TREASURY());
    }

    function pass(uint16 duration) external {
        time += duration;
    }
}

contract InferenceMarketInvariant {
    MarketHandler internal _handler;

    function setUp() public {
        _handler = new MarketHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_EveryPaymentIsWithAPartyOrInATill() public view {
        Lineage lineage = _handler.lineage();
        OpenToken token = lineage.token();
        InferenceMarket market = lineage.market();
        uint256 received =
            token.balanceOf(lineage.TREASURY()) +
                token.balanceOf(lineage.OTHER_TREASURY()) +
                token.balanceOf(lineage.OWNER()) +
                token.balanceOf(lineage.PROVIDER()) +
                token.balanceOf(lineage.CURATOR()) +
                lineage.held() +
                token.balanceOf(address(lineage.stakes().rewards()));
        for (uint256 id = 1; id <= 4; ++id) received += token.balanceOf(market.tillOf(id));
        require(received == _handler.paid(), "paid");
        require(token.balanceOf(address(market)) == 0, "the market holds nothing");
    }

    /// @dev Every epoch's pools are with the distributor that the market names for it, and with no other.
    function invariant_EachDistributorHoldsThePoolsOfItsEpochs() public view {
        Lineage lineage = _handler.lineage();
        uint64 epochs = uint64((_handler.time() - lineage.START()) / 1 days) + 1;
        for (uint256 i = 0; i < lineage.distributorCount(); ++i) {
            RewardDistributor distributor = lineage.distributors(i);
            uint256 pools = 0;
            for (uint64 epoch = 1; epoch <= epochs; ++epoch) {
                bool named = lineage.market().distributorOf(epoch) == address(distributor);
                for (uint256 id = 1; id <= 4; ++id) {
                    uint256 pool = distributor.poolOf(id, epoch);
                    require(pool == 0 || (named && id <= 3), "pool");
                    pools += pool;
                }
            }
            require(lineage.token().balanceOf(address(distributor)) == pools, "pools");
        }
    }
}

contract SplitFuzz {
    Lineage private _lineage;

    function setUp() public {
        _lineage = new Lineage();
    }

    function testFuzz_PartsAddUpAndContributorsGetTheirFloor(uint128 amount, uint16[5] memory bps, uint8 model) public {
        uint256 modelId = 1 + (model % 4);
        _lineage.setSplit(
            IInferenceMarket.Split(bps[0] % 1626, bps[1] % 1626, bps[2] % 1626, bps[3] % 1626, bps[4] % 501)
        );
        IInferenceMarket.Parts memory parts = _lineage.market().partsOf(modelId, amount);
        uint256 parents = 0;
        uint256 ownerDown = (uint256(amount) * (bps[1] % 1626)) / 10_000;
        for (uint256 i = 0; i < parts.parents.length; ++i) {
            require(parts.parents[i] == (ownerDown * _lineage.shareOf(modelId)) / 10_000, "parent");
            parents += parts.parents[i];
        }
        require(parts.parents.length == (modelId == 4 ? 0 : modelId - 1), "parents");
        require(parts.owner + parents == ownerDown, "owner");
        uint256 curators = parts.curators.length == 0 ? 0 : parts.curators[0];
        require(parts.curators.length <= 1 && (modelId != 4 || curators == 0), "curators");
        uint256 sum = parts.protocol + parts.owner + parents + parts.compute + parts.stakers + curators;
        require(sum + parts.contributors == amount, "sum");
        require(parts.contributors * 10_000 >= uint256(amount) * 3000, "floor");
    }

    /// @dev With as many parents and Datanets as there can be, at any shares.
    function testFuzz_ManyParentsAndCuratorsLoseNoWei(
        uint128 amount,
        uint16[8] memory shares,
        uint8 parents,
        uint8 curators,
        bool nonCommercial
    ) public pure {
        IModelRegistry.Model memory model;
        model.parents = new IModelRegistry.Parent[](parents % 9);
        uint256 left = 10_000;
        for (uint256 i = 0; i < model.parents.length; ++i) {
            uint16 share = uint16(shares[i] % (left + 1));
            model.parents[i] = IModelRegistry.Parent(uint64(i + 1), share);
            left -= share;
        }
        model.nonCommercial = nonCommercial;
        IInferenceMarket.Split memory policy = IInferenceMarket.Split(500, 2000, 1500, 1000, 500);
        IInferenceMarket.Parts memory parts = RevenueSplit.split(policy, model, curators % 17, amount);
        uint256 sum = parts.protocol + parts.owner + parts.compute + parts.stakers + parts.contributors;
        for (uint256 i = 0; i < parts.parents.length; ++i) sum += parts.parents[i];
        for (uint256 i = 0; i < parts.curators.length; ++i) {
            require(parts.curators[i] == parts.curators[0], "equal");
            sum += parts.curators[i];
        }
        require(sum == amount, "sum");
        if (nonCommercial) require(parts.protocol + parts.stakers + parts.contributors == amount, "non-commercial");
    }
}
