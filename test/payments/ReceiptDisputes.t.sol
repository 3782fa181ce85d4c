// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {IPaymentChannels} from "../../contracts/interfaces/IPaymentChannels.sol";
import {IReceiptDisputes} from "../../contracts/interfaces/IReceiptDisputes.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {SumTree} from "../../contracts/libraries/SumTree.sol";
import {ReceiptDisputes} from "../../contracts/payments/ReceiptDisputes.sol";
import {vm} from "../Vm.sol";
import {ReceiptWorld} from "./ReceiptWorld.sol";

/// @notice An honest provider at work, while somebody tries every proof and every demand against it.
contract HonestProviderHandler is ReceiptWorld {
    struct Asked {
        bytes32 demandId;
        uint64 epoch;
        uint256 channel;
        uint128 point;
        IInferenceMarket.Receipt receipt;
    }

    IInferenceMarket.Receipt[] public sold;
    uint128[2] private _charged;
    Asked[] private _asked;
    /// What it commits to in an epoch: the receipts that are demanded for it.
    mapping(uint64 epoch => IInferenceMarket.Receipt[]) private _committed;

    function sell(bool second, uint40 price) external {
        vm.warp(time);
        uint256 channel = second ? 1 : 0;
        _charged[channel] += uint128(price) + 1;
        sold.push(receiptOf(channel, _charged[channel], uint256(price) + 1, bytes32(sold.length)));
    }

    function claimAll() external {
        vm.warp(time);
        for (uint256 i = 0; i < 2; ++i) claim(i, _charged[i]);
    }

    /// @dev No two of what it has signed prove anything, nor does one with a signature of somebody else.
    function accuse(uint8 a, uint8 b, uint128 cumulative) external {
        vm.warp(time);
        if (sold.length == 0) return;
        IInferenceMarket.Receipt memory first = sold[a % sold.length];
        IInferenceMarket.Receipt memory second = sold[b % sold.length];
        (bytes memory signature, bytes memory other) = (signed(first), signed(second));
        vm.expectRevert(IReceiptDisputes.ReceiptsAgree.selector);
        disputes.proveDoubleSale(provider, first, signature, second, other);
        second = receiptOf(0, cumulative, first.fee, "never said");
        second.paymentId = first.paymentId;
        second.cumulative = first.cumulative;
        bytes memory forged = sign(CONSUMER_KEY, market.receiptDigest(second));
        vm.expectRevert(abi.encodeWithSelector(IReceiptDisputes.ReceiptNotSigned.selector, provider));
        disputes.proveDoubleSale(provider, first, signature, second, forged);
    }

    function demandSale(bool second, uint128 point) external {
        vm.warp(time);
        uint256 channel = second ? 1 : 0;
        (, uint128 claimed) = channels.channels(idOf(channel));
        point = claimed == 0 ? 1 : 1 + (point % (claimed + 1));
        if (_isAsked(demandIdOf(channel, point))) return;
        IPaymentChannels.ChannelConfig memory config = configOf(channel);
        if (point > claimed) {
            vm.expectRevert(abi.encodeWithSelector(IReceiptDisputes.ReceiptNotClaimed.selector, point, claimed));
            disputes.demandSale(MODEL, config, point);
            return;
        }
        bytes32 demandId = disputes.demandSale(MODEL, config, point);
        uint256 i = 0;
        while (sold[i].paymentId != idOf(channel) || sold[i].cumulative < point) ++i;
        _asked.push(Asked(demandId, 0, channel, point, sold[i]));
    }

    /// @dev For the running epoch, the one before, or one that is closed or to come.
    function demandInclusion(uint8 which, uint8 back) external {
        vm.warp(time);
        if (sold.length == 0) return;
        IInferenceMarket.Receipt memory receipt = sold[which % sold.length];
        uint64 epoch = clock.current() + 1 - (back % 3);
        bytes memory signature = signed(receipt);
        bool possible =
            models.providerOf(MODEL, epoch) == provider &&
                epoch <= clock.current() &&
                time + disputes.NOTICE() <= clock.endOf(epoch) + clock.receiptsGrace() &&
                !_isAsked(this.demandIdOf(epoch, receipt));
        if (!possible) vm.expectRevert();
        bytes32 demandId = disputes.demandInclusion(epoch, receipt, signature);
        if (!possible) return;
        _asked.push(Asked(demandId, epoch, 0, 0, receipt));
        _committed[epoch].push(receipt);
        commit(epoch, _committed[epoch]);
    }

    /// @dev Whatever is open cannot be punished before its time, and is answered in time.
    function wait(uint16 duration) external {
        vm.warp(time);
        uint256 i = 0;
        while (i < _asked.length) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IReceiptDisputes.ReceiptAnswerDue.selector,
                    disputes.demandOf(_asked[i].demandId).deadline
                )
            );
            disputes.punishSilence(_asked[i].demandId);
            if (_answer(_asked[i])) {
                _asked[i] = _asked[_asked.length - 1];
                _asked.pop();
            } else ++i;
        }
        time += duration % 12 hours;
        vm.warp(time);
    }

    function openDemands() external view returns (uint256) {
        return _asked.length;
    }

    function _answer(Asked memory asked) private returns (bool) {
        if (asked.epoch == 0) {
            disputes.answerSale(configOf(asked.channel), asked.point, asked.receipt, signed(asked.receipt));
            return true;
        }
        if (!clock.isClosed(asked.epoch)) return false;
        IInferenceMarket.Receipt[] memory committed = _committed[asked.epoch];
        uint256 at = 0;
        while (committed[at].outputHash != asked.receipt.outputHash) ++at;
        disputes.answerInclusion(asked.epoch, asked.receipt, proofOf(committed, at));
        return true;
    }

    function _isAsked(bytes32 demandId) private view returns (bool) {
        return disputes.demandOf(demandId).challenger != address(0);
    }
}

contract ReceiptDisputesInvariants {
    HonestProviderHandler private _handler = new HonestProviderHandler();

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_AnHonestProviderLosesNothing() public view {
        require(_handler.stakeLeft() == _handler.STAKE(), "stake");
    }

    function invariant_FeesWaitForAnswersAndNothingElseIsHeld() public view {
        uint256 held = _handler.token().balanceOf(address(_handler.disputes()));
        require(held == _handler.openDemands() * _handler.FEE(), "fees");
    }
}

contract ReceiptDisputesTest is ReceiptWorld {
    address private constant CHALLENGER = address(0xC4A1);

    function testFuzz_TwoReceiptsOverAPartOfAPaymentCostStakeOnce(
        uint64 cumulative,
        uint64 fee,
        uint64 otherCumulative,
        uint64 otherFee,
        bool swapped
    ) public {
        IInferenceMarket.Receipt memory a = receiptOf(0, cumulative, fee, "a");
        IInferenceMarket.Receipt memory b = receiptOf(0, otherCumulative, otherFee, "b");
        uint256 from = fee < cumulative ? cumulative - fee : 0;
        uint256 otherFrom = otherFee < otherCumulative ? otherCumulative - otherFee : 0;
        bool overlap = fee != 0 && otherFee != 0 && from < otherCumulative && otherFrom < cumulative;
        bytes memory signatureOfA = signed(a);
        bytes memory signatureOfB = signed(b);
        vm.warp(time);
        if (!overlap) vm.expectRevert(IReceiptDisputes.ReceiptsAgree.selector);
        if (swapped) disputes.proveDoubleSale(provider, b, signatureOfB, a, signatureOfA);
        else disputes.proveDoubleSale(provider, a, signatureOfA, b, signatureOfB);
        require(stakeLeft() == (overlap ? STAKE - (STAKE * DOUBLE_SALE_BPS) / 10_000 : STAKE), "stake");
        if (!overlap) return;
        vm.expectRevert(IReceiptDisputes.ReceiptsAlreadyProven.selector);
        disputes.proveDoubleSale(provider, a, signatureOfA, b, signatureOfB);
    }

    /// @dev Another consumer, another payment, or one receipt twice: nothing is proven.
    function testFuzz_ReceiptsOfDifferentPaymentsAgree(address other, bytes32 payment, uint8 way) public {
        IInferenceMarket.Receipt memory a = receiptOf(0, 10, 10, "a");
        IInferenceMarket.Receipt memory b = receiptOf(0, 10, 10, way % 3 == 0 ? bytes32("a") : bytes32("b"));
        vm.assume(other != consumer && payment != a.paymentId);
        if (way % 3 == 1) b.consumer = other;
        if (way % 3 == 2) b.paymentId = payment;
        (bytes memory signatureOfA, bytes memory signatureOfB) = (signed(a), signed(b));
        vm.expectRevert(IReceiptDisputes.ReceiptsAgree.selector);
        disputes.proveDoubleSale(provider, a, signatureOfA, b, signatureOfB);
    }

    /// @dev It commits to another receipt, to the same part with another answer, or to nothing.
    function testFuzz_WhoLeavesAReceiptOutLosesStake(uint64 fee, bytes32 output, uint8 way, uint24 late) public {
        vm.assume(output != "a" && fee != 0);
        vm.warp(time);
        IInferenceMarket.Receipt memory receipt = receiptOf(0, fee, fee, "a");
        uint64 epoch = clock.current();
        uint256 before = token.balanceOf(address(this));
        bytes32 demandId = disputes.demandInclusion(epoch, receipt, signed(receipt));
        require(token.balanceOf(address(this)) == before - FEE, "fee");

        IInferenceMarket.Receipt[] memory others = new IInferenceMarket.Receipt[](1);
        others[0] = receiptOf(way % 3 == 0 ? 1 : 0, fee, fee, output);
        if (way % 3 != 2) commit(epoch, others);
        vm.warp(clock.endOf(epoch) + clock.receiptsGrace());
        SumTree.Proof memory proof = proofOf(others, 0);
        vm.expectRevert(IReceiptDisputes.ReceiptNotShown.selector);
        disputes.answerInclusion(epoch, receipt, proof);

        vm.warp(uint256(disputes.demandOf(demandId).deadline) + 1 + late);
        disputes.punishSilence(demandId);
        require(stakeLeft() == STAKE - (STAKE * SILENCE_BPS) / 10_000, "stake");
        require(token.balanceOf(address(this)) == before, "the fee goes back");
        vm.expectRevert(abi.encodeWithSelector(IReceiptDisputes.ReceiptDemandUnknown.selector, demandId));
        disputes.punishSilence(demandId);
    }

    /// @dev What is committed while the epoch is open can be replaced, so that it answers nothing yet.
    function test_APlaceIsShownOnlyOnceItIsFinal() public {
        vm.warp(time);
        IInferenceMarket.Receipt[] memory receipts = new IInferenceMarket.Receipt[](3);
        for (uint256 i = 0; i < 3; ++i) receipts[i] = receiptOf(0, 10 * (i + 1), 10, bytes32(i));
        uint64 epoch = clock.current();
        disputes.demandInclusion(epoch, receipts[2], signed(receipts[2]));
        commit(epoch, receipts);
        SumTree.Proof memory proof = proofOf(receipts, 2);
        vm.expectRevert(abi.encodeWithSelector(IReceiptDisputes.ReceiptEpochOpen.selector, epoch));
        disputes.answerInclusion(epoch, receipts[2], proof);
        vm.warp(clock.endOf(epoch) + clock.receiptsGrace());
        disputes.answerInclusion(epoch, receipts[2], proof);
        require(token.balanceOf(provider) == FEE, "the provider gets the fee");
        require(stakeLeft() == STAKE, "stake");
    }

    /// @dev A receipt of an honest provider can always still be committed when it is demanded.
    function testFuzz_WhatCanBeDemandedCanBeCommitted(uint24 after_) public {
        uint64 epoch = clock.current();
        IInferenceMarket.Receipt memory receipt = receiptOf(0, 10, 10, "a");
        bytes memory signature = signed(receipt);
        uint256 closesAt = clock.endOf(epoch) + clock.receiptsGrace();
        vm.warp(time + after_);
        bool late = block.timestamp + 1 hours > closesAt;
        if (late) {
            vm.expectRevert(
                abi.encodeWithSelector(IReceiptDisputes.ReceiptDemandTooLate.selector, epoch, closesAt - 1 hours)
            );
        }
        disputes.demandInclusion(epoch, receipt, signature);
        if (!late) require(clock.receiptsOpen(epoch), "open");
    }

    function testFuzz_WhoCannotShowASaleLosesStake(uint64 claimed, uint64 point, uint64 fee, uint24 late) public {
        vm.assume(claimed != 0);
        point = 1 + (point % claimed);
        vm.warp(time);
        claim(0, claimed);
        IPaymentChannels.ChannelConfig memory config = configOf(0);
        bytes32 demandId = disputes.demandSale(MODEL, config, point);

        // whatever ends before the point, begins after it, or is of another channel is no answer
        IInferenceMarket.Receipt[3] memory shown;
        shown[0] = receiptOf(0, point - 1, fee, "a");
        shown[1] = receiptOf(0, uint256(point) + fee, fee, "a");
        shown[2] = receiptOf(1, point, point, "a");
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory signature = signed(shown[i]);
            vm.expectRevert(IReceiptDisputes.ReceiptNotShown.selector);
            disputes.answerSale(config, point, shown[i], signature);
        }
        IInferenceMarket.Receipt memory unsigned = receiptOf(0, point, point, "a");
        bytes memory byConsumer = sign(CONSUMER_KEY, market.receiptDigest(unsigned));
        vm.expectRevert(abi.encodeWithSelector(IReceiptDisputes.ReceiptNotSigned.selector, provider));
        disputes.answerSale(config, point, unsigned, byConsumer);

        vm.warp(time + 1 days + 1 + late);
        bytes memory tooLate = signed(unsigned);
        vm.expectRevert(abi.encodeWithSelector(IReceiptDisputes.ReceiptAnswerLate.selector, time + 1 days));
        disputes.answerSale(config, point, unsigned, tooLate);
        vm.prank(CHALLENGER);
        disputes.punishSilence(demandId);
        require(stakeLeft() == STAKE - (STAKE * SILENCE_BPS) / 10_000, "stake");
        require(token.balanceOf(CHALLENGER) == 0, "who demanded gets the fee back, not who punishes");
    }

    /// @dev Two answers at different times are two receipts over one wei.
    function test_WhoShowsAnotherReceiptTheSecondTimeHasSoldTwice() public {
        vm.warp(time);
        claim(0, 100);
        IInferenceMarket.Receipt[2] memory shown = [receiptOf(0, 60, 60, "a"), receiptOf(0, 100, 80, "b")];
        for (uint256 i = 0; i < 2; ++i) {
            disputes.demandSale(MODEL, configOf(0), 50);
            disputes.answerSale(configOf(0), 50, shown[i], signed(shown[i]));
        }
        disputes.proveDoubleSale(provider, shown[0], signed(shown[0]), shown[1], signed(shown[1]));
        require(stakeLeft() == STAKE - (STAKE * DOUBLE_SALE_BPS) / 10_000, "stake");
    }

    function test_OnlyAProviderWithStakeIsAsked() public {
        vm.warp(time);
        IPaymentChannels.ChannelConfig memory config = configOf(0);
        config.receiver = consumer;
        bytes32 foreign = channels.getChannelId(config);
        vm.expectRevert(abi.encodeWithSelector(IReceiptDisputes.ReceiptForeignChannel.selector, foreign));
        disputes.demandSale(MODEL, config, 1);
        IInferenceMarket.Receipt memory receipt = receiptOf(0, 10, 10, "a");
        receipt.versionId = 2;
        bytes memory signature = signed(receipt);
        uint64 epoch = clock.current();
        address other = models.providerOf(2, epoch);
        vm.expectRevert(abi.encodeWithSelector(IReceiptDisputes.ReceiptNotSigned.selector, other));
        disputes.demandInclusion(epoch, receipt, signature);
        config = configOf(0);
        bytes32 demandId = _demand();
        vm.expectRevert(abi.encodeWithSelector(IReceiptDisputes.ReceiptDemandOpen.selector, demandId));
        disputes.demandSale(MODEL, config, 1);
    }

    function testFuzz_TermsTakeNoMoreThanAllStake(uint16 doubleSaleBps, uint16 silenceBps) public {
        bool allowed = doubleSaleBps != 0 && doubleSaleBps <= 10_000 && silenceBps != 0 && silenceBps <= 10_000;
        ReceiptDisputes.Collaborators memory with = ReceiptDisputes.Collaborators(
            token,
            clock,
            models,
            market,
            stakes,
            channels
        );
        if (!allowed) vm.expectRevert();
        new ReceiptDisputes(with, IReceiptDisputes.Terms(FEE, doubleSaleBps, silenceBps));
    }

    function _demand() private returns (bytes32) {
        claim(0, 1);
        return disputes.demandSale(MODEL, configOf(0), 1);
    }
}
