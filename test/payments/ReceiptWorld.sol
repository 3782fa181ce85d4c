// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {IPaymentChannels} from "../../contracts/interfaces/IPaymentChannels.sol";
import {IReceiptDisputes} from "../../contracts/interfaces/IReceiptDisputes.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {SignedReceipts} from "../../contracts/libraries/SignedReceipts.sol";
import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {ModelRegistry} from "../../contracts/model/ModelRegistry.sol";
import {InferenceMarket} from "../../contracts/payments/InferenceMarket.sol";
import {PaymentChannels} from "../../contracts/payments/PaymentChannels.sol";
import {ReceiptDisputes} from "../../contracts/payments/ReceiptDisputes.sol";
import {StakeManager} from "../../contracts/staking/StakeManager.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {announced} from "../access/announced.sol";
import {Lineage} from "./InferenceMarket.t.sol";
import {AllowanceCollector} from "./PaymentChannels.t.sol";

/// @notice A model whose provider has compute stake, and a consumer with two channels to its till.
contract ReceiptWorld {
    uint256 public constant PROVIDER_KEY = 0x9120;
    uint256 public constant CONSUMER_KEY = 0xC0;
    uint256 public constant MODEL = 1;
    uint96 public constant FEE = 5e18;
    uint16 public constant DOUBLE_SALE_BPS = 5_000;
    uint16 public constant SILENCE_BPS = 1_000;
    uint256 public constant STAKE = 1e22;
    uint128 public constant DEPOSIT = 1e20;

    address public provider = vm.addr(PROVIDER_KEY);
    address public consumer = vm.addr(CONSUMER_KEY);
    OpenToken public token;
    EpochClock public clock;
    ModelRegistry public models;
    InferenceMarket public market;
    StakeManager public stakes;
    PaymentChannels public channels;
    ReceiptDisputes public disputes;
    uint256 public time;

    constructor() {
        Lineage lineage = new Lineage();
        (token, clock, models) = (lineage.token(), lineage.clock(), lineage.models());
        (market, stakes) = (lineage.market(), lineage.stakes());
        channels = new PaymentChannels(address(token));
        disputes = new ReceiptDisputes(
            ReceiptDisputes.Collaborators(token, clock, models, market, stakes, channels),
            IReceiptDisputes.Terms(FEE, DOUBLE_SALE_BPS, SILENCE_BPS)
        );
        // The owner of the stake manager lets it slash, and gives everybody money.
        vm.startPrank(address(lineage));
        announced(
            address(stakes),
            abi.encodeCall(stakes.setSlasher, (IStakePools.Role.Compute, address(disputes), true))
        );
        stakes.setSlasher(IStakePools.Role.Compute, address(disputes), true);
        token.transfer(provider, STAKE);
        token.transfer(consumer, 1e24);
        token.transfer(address(this), 1e24);
        vm.stopPrank();
        token.approve(address(disputes), type(uint256).max);

        vm.startPrank(provider);
        token.approve(address(stakes), STAKE);
        stakes.register(IStakePools.Role.Compute, provider, 0, 0, "");
        stakes.stake(IStakePools.Role.Compute, provider, STAKE, 0, 0);
        vm.stopPrank();
        vm.prank(lineage.OWNER());
        models.setProvider(MODEL, provider);
        time = clock.endOf(clock.current());
        vm.warp(time);

        AllowanceCollector collector = new AllowanceCollector();
        vm.prank(consumer);
        token.approve(address(collector), type(uint256).max);
        for (uint256 i = 0; i < 2; ++i) channels.deposit(configOf(i), DEPOSIT, address(collector), "");
    }

    function configOf(uint256 channel) public view returns (IPaymentChannels.ChannelConfig memory) {
        return
            IPaymentChannels.ChannelConfig({
                payer: consumer,
                payerAuthorizer: consumer,
                receiver: market.tillOf(MODEL),
                receiverAuthorizer: provider,
                token: address(token),
                withdrawDelay: 1 days,
                salt: bytes32(channel)
            });
    }

    function idOf(uint256 channel) public view returns (bytes32) {
        return channels.getChannelId(configOf(channel));
    }

    /// @notice What the provider writes down for a part of a channel.
    function receiptOf(
        uint256 channel,
        uint256 cumulative,
        uint256 fee,
        bytes32 output
    ) public view returns (IInferenceMarket.Receipt memory) {
        return
            IInferenceMarket.Receipt({
                versionId: MODEL,
                consumer: consumer,
                requestHash: "request",
                outputHash: output,
                fee: fee,
                paymentId: idOf(channel),
                cumulative: cumulative,
                time: uint64(time)
            });
    }

    /// @notice The provider's signature.
    function signed(IInferenceMarket.Receipt memory receipt) public view returns (bytes memory) {
        return sign(PROVIDER_KEY, market.receiptDigest(receipt));
    }

    /// @notice The provider claims what the consumer has signed for.
    function claim(uint256 channel, uint128 sum) internal {
        IPaymentChannels.VoucherClaim[] memory claims = new IPaymentChannels.VoucherClaim[](1);
        bytes memory signature = sign(CONSUMER_KEY, channels.getVoucherDigest(idOf(channel), sum));
        IPaymentChannels.Voucher memory voucher = IPaymentChannels.Voucher(configOf(channel), sum);
        claims[0] = IPaymentChannels.VoucherClaim(voucher, signature, sum);
        vm.prank(provider);
        channels.claim(claims);
    }

    function stakeLeft() public view returns (uint256) {
        return stakes.poolOf(IStakePools.Role.Compute, provider).assets;
    }

    function demandIdOf(uint64 epoch, IInferenceMarket.Receipt calldata receipt) public pure returns (bytes32) {
        return
            keccak256(abi.encode(IReceiptDisputes.demandInclusion.selector, epoch, SignedReceipts.structHash(receipt)));
    }

    function demandIdOf(uint256 channel, uint128 point) public view returns (bytes32) {
        return keccak256(abi.encode(IReceiptDisputes.demandSale.selector, idOf(channel), point));
    }

    function leafOf(IInferenceMarket.Receipt calldata receipt) public pure returns (bytes32) {
        return SignedReceipts.leafHash(receipt);
    }

    /// @notice Commits to these receipts of the running epoch or one before.
    function commit(uint64 epoch, IInferenceMarket.Receipt[] memory receipts) internal {
        bytes32 root = SumTree.rootOf(receipts.length, _levels(receipts)[SumTree.depthOf(receipts.length)][0]);
        vm.prank(provider);
        market.commitReceipts(MODEL, epoch, root, uint32(receipts.length), "");
    }

    function proofOf(
        IInferenceMarket.Receipt[] memory receipts,
        uint256 index
    ) public view returns (SumTree.Proof memory proof) {
        SumTree.Node[][] memory levels = _levels(receipts);
        uint256 depth = levels.length - 1;
        SumTree.Node[] memory siblings = new SumTree.Node[](depth);
        for (uint256 i = 0; i < depth; ++i) siblings[i] = levels[i][(index >> i) ^ 1];
        return SumTree.Proof(receipts.length, index, siblings);
    }

    function sign(uint256 key, bytes32 digest) public pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The nodes of the receipts' tree, leaves first.
    function _levels(IInferenceMarket.Receipt[] memory receipts) private view returns (SumTree.Node[][] memory levels) {
        uint256 depth = SumTree.depthOf(receipts.length);
        levels = new SumTree.Node[][](depth + 1);
        levels[0] = new SumTree.Node[](1 << depth);
        for (uint256 i = 0; i < receipts.length; ++i) {
            levels[0][i] = SumTree.Node(this.leafOf(receipts[i]), receipts[i].fee);
        }
        for (uint256 level = 1; level <= depth; ++level) {
            levels[level] = new SumTree.Node[](1 << (depth - level));
            for (uint256 i = 0; i < levels[level].length; ++i) {
                SumTree.Node memory left = levels[level - 1][2 * i];
                SumTree.Node memory right = levels[level - 1][2 * i + 1];
                if (left.hash == 0) continue;
                levels[level][i] = SumTree.Node(
                    keccak256(abi.encodePacked(uint8(1), left.hash, left.sum, right.hash, right.sum)),
                    left.sum + right.sum
                );
            }
        }
    }
}
