// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {AttributionDemands} from "../../contracts/attribution/AttributionDemands.sol";
import {AttributionDisputes} from "../../contracts/attribution/AttributionDisputes.sol";
import {Judgement} from "../../contracts/attribution/Judgement.sol";
import {HarmCharges} from "../../contracts/attribution/HarmCharges.sol";
import {IndexRegistry} from "../../contracts/attribution/IndexRegistry.sol";
import {ContributionRegistry} from "../../contracts/datanet/ContributionRegistry.sol";
import {IAttributionDemands} from "../../contracts/interfaces/IAttributionDemands.sol";
import {IAttributionDisputes} from "../../contracts/interfaces/IAttributionDisputes.sol";
import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {IIndexRegistry} from "../../contracts/interfaces/IIndexRegistry.sol";
import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {IRewardDistributor} from "../../contracts/interfaces/IRewardDistributor.sol";
import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {Leaves} from "../../contracts/libraries/Leaves.sol";
import {PayoutMath} from "../../contracts/libraries/PayoutMath.sol";
import {ScoreMath} from "../../contracts/libraries/ScoreMath.sol";
import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {ModelRegistry} from "../../contracts/model/ModelRegistry.sol";
import {InferenceMarket} from "../../contracts/payments/InferenceMarket.sol";
import {RewardDistributor} from "../../contracts/rewards/RewardDistributor.sol";
import {SlashEscrow} from "../../contracts/staking/SlashEscrow.sol";
import {StakeManager} from "../../contracts/staking/StakeManager.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {anyPrice, Registries} from "../datanet/Registries.sol";
import {artefactsOf, original, trainForNothing} from "../training/freeTraining.sol";
import {ReferenceSumTree} from "../libraries/ReferenceSumTree.sol";
import {Agreement} from "../staking/Agreement.sol";
import {PlainPayoutsTree} from "../rewards/PlainPayoutsTree.sol";

/// @notice Every contract that attribution touches, connected, with one staked operator; four contributions of three people,
/// the last of which harms the model; a pool of one epoch, and the trees that settle it, honestly or not.
contract Court {
    using ReferenceSumTree for ReferenceSumTree.Levels;
    using PlainPayoutsTree for bytes32[][];
    using PlainPayoutsTree for IRewardDistributor.Payout[];

    /// @notice All that a root commits to.
    struct Settled {
        Leaves.ScoreLeaf[] scores;
        ReferenceSumTree.Levels scoresTree;
        Leaves.ModelSettlement settlement;
        ReferenceSumTree.Levels modelsTree;
        Leaves.Entry[] entries;
        IRewardDistributor.Payout[] payouts;
        IRewardDistributor.ScoreRoot root;
    }

    uint256 public constant ROWS = 4;
    uint256 public constant PEOPLE = 3;
    uint256 public constant STAKE = 1e24;
    uint256 public constant POOL = 1e21 + 7;
    uint96 public constant BOND = 1e18;
    address public constant TREASURY = address(41);
    uint256 private constant KEY = 0xC0047;

    OpenToken public token;
    EpochClock public clock;
    ContributionRegistry public contributions;
    ModelRegistry public models;
    StakeManager public stakes;
    InferenceMarket public market;
    IndexRegistry public indexes;
    RewardDistributor public distributor;
    AttributionDemands public demands;
    AttributionDisputes public disputes;
    SlashEscrow public escrow;
    HarmCharges public harmCharges;

    constructor() {
        vm.warp(1_800_000_000);
        Registries registries = new Registries(BOND, 0);
        registries.setReview(address(this));
        (token, clock, contributions) = (registries.token(), registries.clock(), registries.contributions());
        registries.give(address(this), 1e26);
        _deploy(registries);
        for (uint256 i = 0; i < ROWS; ++i) {
            IContributionRegistry.Part[] memory parts = new IContributionRegistry.Part[](1);
            parts[0] = IContributionRegistry.Part(IContributionRegistry.Kind.Train, bytes32(i + 1), examplesOf(i));
            token.transfer(person(i), BOND);
            vm.startPrank(person(i));
            token.approve(address(contributions), BOND);
            contributions.submit(1, parts, "", anyPrice());
            vm.stopPrank();
            contributions.resolve(i + 1, 1, new address[](0), new uint256[](0));
        }
        token.approve(address(stakes), STAKE);
        bytes memory agreement = Agreement.sign(stakes, KEY, address(this), IStakePools.Role.Oracle);
        stakes.register(IStakePools.Role.Oracle, vm.addr(KEY), 0, type(uint256).max, agreement);
        stakes.stake(IStakePools.Role.Oracle, address(this), STAKE, 0, 0);
        vm.warp(block.timestamp + 1 hours);
        stakes.snapshotQuorum();

        models.pinSnapshot(1);
        models.mint(original(address(this), 0), "");
        uint256[] memory snapshots = new uint256[](1);
        snapshots[0] = 1;
        for (uint256 i = 0; i < 2; ++i) {
            models.publishVersion(1, artefactsOf(snapshots), 0);
        }
        _attest(1, indexParts());
        vm.warp(block.timestamp + 1 hours);
        indexes.activate(1);
        token.approve(address(distributor), POOL);
        distributor.fund(1, POOL);
        vm.warp(clock.endOf(1) + clock.receiptsGrace());
    }

    // ---------------------------------------------------------------- what the operators hold

    /// @notice Of the contribution in row `i`; the last row is the first person's again.
    function person(uint256 i) public pure returns (address) {
        return address(uint160(301 + (i % PEOPLE)));
    }

    function examplesOf(uint256 i) public pure returns (uint32) {
        return uint32(10 * (i + 1));
    }

    /// @notice int8[32]; the last row points away from every functional here.
    function featuresOf(uint256 i) public pure returns (bytes memory features) {
        features = new bytes(32);
        for (uint256 j = 0; j < 32; ++j) {
            int8 value = int8(int256(1 + ((i + j) % 5)));
            features[j] = bytes1(uint8(i == ROWS - 1 ? -value : value));
        }
    }

    /// @notice int16[32], positive.
    function functionalOf(uint256 step) public pure returns (bytes memory functional) {
        functional = new bytes(64);
        for (uint256 j = 0; j < 32; ++j) functional[2 * j + 1] = bytes1(uint8(1 + step * j));
    }

    function quality() public pure returns (bytes memory) {
        return functionalOf(1);
    }

    /// @notice Nothing is paid for with receipts, so the pool is divided by what the Datanet wants.
    function query() public pure returns (bytes memory) {
        bytes[] memory functionals = new bytes[](1);
        functionals[0] = quality();
        return ScoreMath.direction(functionals, 32);
    }

    /// @notice The index of a version: one part, as there is one Datanet.
    function indexParts() public pure returns (IIndexRegistry.IndexPart[] memory) {
        return partsOf(indexTree().root(), quality(), harmfulTree(ROWS).root());
    }

    /// @param functional The Datanet's G.
    function partsOf(
        bytes32 root,
        bytes memory functional,
        bytes32 harmfulRoot
    ) public pure returns (IIndexRegistry.IndexPart[] memory parts) {
        parts = new IIndexRegistry.IndexPart[](1);
        parts[0] = IIndexRegistry.IndexPart(1, root, uint32(ROWS), keccak256(functional), harmfulRoot);
    }

    /// @notice Contributions `first … ROWS` are found harmful; honest operators find the last one alone.
    function harmfulTree(uint256 first) public pure returns (ReferenceSumTree.Levels memory) {
        SumTree.Node[] memory nodes = new SumTree.Node[](ROWS + 1 - first);
        for (uint256 i = 0; i < nodes.length; ++i) {
            nodes[i] = SumTree.Node(Leaves.harmfulHash(first + i), Leaves.HARMFUL_SUM);
        }
        return ReferenceSumTree.build(nodes);
    }

    function indexLeaf(uint256 i) public pure returns (Leaves.IndexLeaf memory) {
        uint32 scale = uint32(i + 1);
        bytes memory features = featuresOf(i);
        int128 value = ScoreMath.score(quality(), features, scale);
        return Leaves.IndexLeaf(uint32(i), i + 1, examplesOf(i), scale, value, keccak256(features));
    }

    function indexPreimage(Leaves.IndexLeaf memory leaf) public pure returns (bytes memory) {
        return
            abi.encodePacked(leaf.i, leaf.contributionId, leaf.examples, leaf.scale, leaf.quality, leaf.featuresHash);
    }

    function indexTree() public pure returns (ReferenceSumTree.Levels memory) {
        SumTree.Node[] memory nodes = new SumTree.Node[](ROWS);
        for (uint256 i = 0; i < ROWS; ++i) {
            Leaves.IndexLeaf memory leaf = indexLeaf(i);
            uint256 sum = Leaves.indexSum(leaf.quality, leaf.examples);
            nodes[i] = SumTree.Node(Leaves.hashOf(indexPreimage(leaf)), sum);
        }
        return ReferenceSumTree.build(nodes);
    }

    function scorePreimage(Leaves.ScoreLeaf memory leaf) public pure returns (bytes memory) {
        return abi.encodePacked(leaf.i, leaf.contributionId, leaf.score, leaf.weight);
    }

    function entryPreimage(Leaves.Entry memory entry) public pure returns (bytes memory) {
        return abi.encodePacked(entry.modelId, entry.contributionId, entry.cumulative, entry.earned);
    }

    // ---------------------------------------------------------------- settling

    function honestScores() public pure returns (Leaves.ScoreLeaf[] memory scores) {
        scores = new Leaves.ScoreLeaf[](ROWS);
        for (uint256 i = 0; i < ROWS; ++i) {
            int128 score = ScoreMath.score(query(), featuresOf(i), uint32(i + 1));
            scores[i] = Leaves.ScoreLeaf(uint32(i), i + 1, score, PayoutMath.weightOf(score, indexLeaf(i).quality));
        }
    }

    function honest() public pure returns (Settled memory settled) {
        settled.scores = honestScores();
        seal(settled, 1);
    }

    /// @notice Builds everything above what is there: from 1, the scores; 2, the tree of scores; 3, the settlement; 4, the entries;
    /// 5, the payouts.
    function seal(Settled memory settled, uint256 from) public pure {
        if (from <= 1) {
            SumTree.Node[] memory nodes = new SumTree.Node[](ROWS);
            for (uint256 i = 0; i < ROWS; ++i) {
                nodes[i] = SumTree.Node(Leaves.hashOf(scorePreimage(settled.scores[i])), settled.scores[i].weight);
            }
            settled.scoresTree = ReferenceSumTree.build(nodes);
        }
        if (from <= 2) settled.settlement = _settle(settled.scoresTree);
        if (from <= 3) {
            SumTree.Node[] memory nodes = new SumTree.Node[](1);
            bytes32 hash = Leaves.hashOf(abi.encode(settled.settlement));
            nodes[0] = SumTree.Node(hash, settled.settlement.pool);
            settled.modelsTree = ReferenceSumTree.build(nodes);
            settled.entries = _entries(settled);
        }
        if (from <= 4) {
            settled.payouts = new IRewardDistributor.Payout[](PEOPLE);
            for (uint256 a = 0; a < PEOPLE; ++a) {
                Leaves.Entry memory entry = settled.entries[a];
                bytes32 root = entryTree(entry).root();
                settled.payouts[a] = IRewardDistributor.Payout(person(a), entry.cumulative, root);
            }
        }
        settled.root = IRewardDistributor.ScoreRoot({
            firstEpoch: 1,
            lastEpoch: 1,
            previousRoot: 0,
            payoutsRoot: settled.payouts.rootOf(),
            payoutsTotal: POOL,
            accounts: uint32(PEOPLE),
            modelsRoot: settled.modelsTree.root(),
            bundleHash: "bundle"
        });
    }

    function entryTree(Leaves.Entry memory entry) public pure returns (ReferenceSumTree.Levels memory) {
        SumTree.Node[] memory nodes = new SumTree.Node[](1);
        nodes[0] = SumTree.Node(Leaves.hashOf(entryPreimage(entry)), entry.cumulative);
        return ReferenceSumTree.build(nodes);
    }

    function _post(IRewardDistributor.ScoreRoot memory root) internal {
        distributor.post(root, _sign(distributor.scoreRootDigest(root, stakes.latestSnapshot())));
    }

    function _attest(uint256 versionId, IIndexRegistry.IndexPart[] memory parts) internal {
        IIndexRegistry.IndexAttestation memory attestation = attestationOf(versionId, parts);
        uint64 snapshotId = stakes.latestSnapshot();
        indexes.attest(attestation, parts, _sign(indexes.attestationDigest(attestation, snapshotId)));
    }

    function attestationOf(
        uint256 versionId,
        IIndexRegistry.IndexPart[] memory parts
    ) public pure returns (IIndexRegistry.IndexAttestation memory) {
        return
            IIndexRegistry.IndexAttestation({
                versionId: versionId,
                partsHash: keccak256(abi.encode(parts)),
                size: uint32(ROWS),
                k: 32,
                certificateBps: 9_000,
                bundleHash: "bundle"
            });
    }

    // ---------------------------------------------------------------- evidence

    function settlementEvidence(
        Settled memory settled
    ) public pure returns (IAttributionDisputes.SettlementEvidence memory) {
        return IAttributionDisputes.SettlementEvidence(settled.settlement, settled.modelsTree.proof(0));
    }

    function scoreEvidence(
        Settled memory settled,
        uint256 i
    ) public pure returns (IAttributionDisputes.ScoreEvidence memory) {
        return IAttributionDisputes.ScoreEvidence(settled.scores[i], settled.scoresTree.proof(i));
    }

    function indexEvidence(uint256 i) public pure returns (IAttributionDisputes.IndexEvidence memory) {
        return IAttributionDisputes.IndexEvidence(indexParts(), 0, indexLeaf(i), indexTree().proof(i));
    }

    function accountEvidence(
        Settled memory settled,
        uint256 a
    ) public pure returns (IAttributionDisputes.AccountEvidence memory) {
        bytes32[] memory path = settled.payouts.levelsOf().path(0, a);
        return IAttributionDisputes.AccountEvidence(settled.payouts[a], uint32(a), path);
    }

    function entryEvidence(
        Settled memory settled,
        uint256 a
    ) public pure returns (IAttributionDisputes.EntryEvidence memory) {
        Leaves.Entry memory entry = settled.entries[a];
        return IAttributionDisputes.EntryEvidence(accountEvidence(settled, a), entry, entryTree(entry).proof(0));
    }

    function epochEvidence(
        Settled memory settled,
        uint256 i
    ) public pure returns (IAttributionDisputes.EpochEvidence memory) {
        return IAttributionDisputes.EpochEvidence(settlementEvidence(settled), scoreEvidence(settled, i));
    }

    function _settle(ReferenceSumTree.Levels memory scoresTree) private pure returns (Leaves.ModelSettlement memory) {
        return
            Leaves.ModelSettlement({
                modelId: 1,
                epoch: 1,
                versionId: 1,
                indexHash: keccak256(abi.encode(indexParts())),
                queryHash: keccak256(query()),
                scoresRoot: scoresTree.root(),
                totalWeight: scoresTree.top().sum,
                pool: POOL,
                receiptsRoot: 0,
                receiptCount: 0,
                fallbackSplit: false
            });
    }

    /// @dev One entry for each person: the last row has no weight.
    function _entries(Settled memory settled) private pure returns (Leaves.Entry[] memory entries) {
        entries = new Leaves.Entry[](PEOPLE);
        uint256 prefix;
        for (uint256 a = 0; a < PEOPLE; ++a) {
            uint256 weight = settled.scores[a].weight;
            uint128 paid = uint128(PayoutMath.payout(POOL, prefix, weight, settled.scoresTree.top().sum));
            entries[a] = Leaves.Entry(1, a + 1, paid, paid);
            prefix += weight;
        }
    }

    function _sign(bytes32 digest) internal view returns (bytes memory) {
        uint64 snapshotId = stakes.latestSnapshot();
        (uint256[] memory members, uint256 denominator, ) = stakes.quorumOf(snapshotId);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        bytes memory signature = abi.encodePacked(r, (uint256(v - 27) << 255) | uint256(s));
        bytes memory header = abi.encodePacked(snapshotId, uint96(denominator), uint32(1), uint32(0));
        return abi.encodePacked(header, uint96(members[0]), signature);
    }

    function _deploy(Registries registries) private {
        models = ModelRegistry(
            _proxy(
                address(new ModelRegistry(clock, registries.datanets(), contributions)),
                abi.encodeCall(ModelRegistry.initialize, (address(this), 0, 0, "scheme"))
            )
        );
        IStakeManager.Parameters memory parameters = IStakeManager.Parameters({
            minStake: 1,
            quorumFloor: 1,
            activationDelay: 1,
            unbondingPeriod: 45 days,
            snapshotLifetime: 30 days,
            snapshotInterval: 1 days,
            jailPeriod: 1 days,
            minSigners: 1,
            challengerBps: 3_000
        });
        stakes = new StakeManager(token, clock, address(this), TREASURY, parameters);
        trainForNothing(token, stakes, models);
        market = InferenceMarket(
            _proxy(
                address(new InferenceMarket(token, clock, models, stakes)),
                abi.encodeCall(
                    InferenceMarket.initialize,
                    (address(this), TREASURY, IInferenceMarket.Split(500, 2000, 1500, 0, 0))
                )
            )
        );
        indexes = new IndexRegistry(clock, stakes, models, address(this), 1 hours, 5_000);
        distributor = new RewardDistributor(
            token,
            clock,
            address(stakes),
            address(this),
            address(this),
            1 hours,
            1 days
        );
        demands = new AttributionDemands(
            token,
            contributions,
            indexes,
            distributor,
            TREASURY,
            address(this),
            IAttributionDemands.Policy(6 hours, 1e18)
        );
        escrow = new SlashEscrow(token, stakes, indexes, distributor, demands);
        disputes = new AttributionDisputes(
            Judgement.References(stakes, contributions, models, indexes, market, distributor, demands, escrow),
            5_000
        );
        harmCharges = new HarmCharges(contributions, models, indexes, TREASURY);
        registries.setHarmCharges(address(harmCharges));
        address[] memory funders = new address[](1);
        funders[0] = address(this);
        distributor.wire(address(disputes), funders);
        indexes.setDisputes(address(disputes));
        IStakeManager.Slasher[] memory slashers = new IStakeManager.Slasher[](2);
        slashers[0] = IStakeManager.Slasher(IStakePools.Role.Oracle, address(disputes));
        slashers[1] = IStakeManager.Slasher(IStakePools.Role.Oracle, address(escrow));
        stakes.seal(address(distributor), slashers);
    }

    function _proxy(address logic, bytes memory call) private returns (address) {
        return address(new ERC1967Proxy(logic, call));
    }
}
