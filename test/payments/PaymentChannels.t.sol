// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepositCollector} from "../../contracts/interfaces/IDepositCollector.sol";
import {IPaymentChannels} from "../../contracts/interfaces/IPaymentChannels.sol";
import {PaymentChannels} from "../../contracts/payments/PaymentChannels.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";

/// @notice Takes the payer's tokens by an allowance, or less of them when it is told to.
contract AllowanceCollector is IDepositCollector {
    uint128 public short;

    function takeLess(uint128 by) external {
        short = by;
    }

    function collect(address payer, address token, uint128 amount, bytes32, bytes calldata) external {
        require(OpenToken(token).transferFrom(payer, msg.sender, amount - short), "transfer");
    }
}

/// @notice Calls every function as three payers of two receivers, and as anybody.
contract ChannelsHandler {
    uint256 private constant AUTHORIZER_KEY = 0xA07;
    uint256 private constant CHANNELS = 6;
    uint40 private constant DELAY = 1 days;

    OpenToken public token = new OpenToken(address(this), address(0));
    PaymentChannels public channels = new PaymentChannels(address(token));
    AllowanceCollector public collector = new AllowanceCollector();
    address public authorizer = vm.addr(AUTHORIZER_KEY);
    uint256 public time = 1_000_000;
    mapping(uint256 channel => uint128) public deposited;
    mapping(uint256 channel => uint128) public returned;

    constructor() {
        for (uint256 i = 0; i < 3; ++i) {
            token.transfer(payerOf(i), 1e27 / 4);
            vm.prank(payerOf(i));
            token.approve(address(collector), type(uint256).max);
        }
    }

    /// @dev Whatever happens, what was claimed of a channel never shrinks.
    modifier claimsOnlyGrow() {
        uint128[CHANNELS] memory before;
        for (uint256 i = 0; i < CHANNELS; ++i) (, before[i]) = channels.channels(idOf(i));
        vm.warp(time);
        _;
        for (uint256 i = 0; i < CHANNELS; ++i) {
            (, uint128 claimed) = channels.channels(idOf(i));
            require(claimed >= before[i], "claimed shrank");
        }
    }

    function deposit(uint8 which, uint80 amount, uint8 short) external claimsOnlyGrow {
        uint256 i = which % CHANNELS;
        uint128 less = short % 4 == 0 && amount > 1 ? 1 : 0;
        collector.takeLess(less);
        IPaymentChannels.ChannelConfig memory config = configOf(i);
        if (amount == 0 || less != 0) vm.expectRevert();
        channels.deposit(config, amount, address(collector), "");
        if (amount != 0 && less == 0) deposited[i] += amount;
    }

    /// @param way How it is claimed: in full form by the authorizer, with its signature, or compactly.
    function claim(uint8 which, uint96 limit, uint96 sum, uint8 way, bool forged) external claimsOnlyGrow {
        uint256 i = which % CHANNELS;
        (uint128 balance, uint128 before) = channels.channels(idOf(i));
        limit = uint96(limit % (uint256(balance) + 2));
        if (way % 3 == 2) sum = limit;
        bytes memory signature = _sign(forged ? AUTHORIZER_KEY : keyOf(i), channels.getVoucherDigest(idOf(i), limit));
        bool allowed = sum <= limit && sum <= balance && !forged;
        if (way % 3 == 2)
            _claimCompactly(i, limit, signature, allowed && sum > before ? sum - before : 0);
            // a sum that was claimed before is no error: nothing changes
        else _claimInFull(i, limit, sum, signature, way % 3 == 0, sum > limit || (sum > before && !allowed));
        (, uint128 afterwards) = channels.channels(idOf(i));
        require(afterwards == (allowed && sum > before ? sum : before), "claimed");
    }

    function settle(uint8 which) external claimsOnlyGrow {
        address receiver = receiverOf(which % CHANNELS);
        (uint128 claimed, uint128 settled) = channels.receivers(receiver, address(token));
        uint256 before = token.balanceOf(receiver);
        if (claimed == settled) vm.expectRevert(IPaymentChannels.ChannelsNothingToDo.selector);
        channels.settle(receiver, address(token));
        require(token.balanceOf(receiver) - before == claimed - settled, "settled");
    }

    function initiateWithdraw(uint8 which, uint96 amount, bool stranger) external claimsOnlyGrow {
        uint256 i = which % CHANNELS;
        IPaymentChannels.ChannelConfig memory config = configOf(i);
        if (stranger || amount == 0) vm.expectRevert();
        else vm.prank(config.payer);
        channels.initiateWithdraw(config, amount);
    }

    function finalizeWithdraw(uint8 which) external claimsOnlyGrow {
        uint256 i = which % CHANNELS;
        (uint128 asked, uint40 initiatedAt) = channels.pendingWithdrawals(idOf(i));
        uint256 before = token.balanceOf(payerOf(i / 2));
        IPaymentChannels.ChannelConfig memory config = configOf(i);
        if (asked == 0 || time < initiatedAt + DELAY) vm.expectRevert();
        channels.finalizeWithdraw(config);
        returned[i] += uint128(token.balanceOf(payerOf(i / 2)) - before);
    }

    function refund(uint8 which, uint96 amount, bool signed, bool stranger) external claimsOnlyGrow {
        uint256 i = which % CHANNELS;
        uint128 free = _free(i);
        uint256 nonce = channels.refundNonce(idOf(i));
        bytes memory signature = _sign(
            AUTHORIZER_KEY,
            channels.getRefundDigest(idOf(i), stranger ? nonce + 1 : nonce, amount)
        );
        uint256 before = token.balanceOf(payerOf(i / 2));
        bool works = !stranger && amount != 0 && free != 0;
        IPaymentChannels.ChannelConfig memory config = configOf(i);
        if (!works) vm.expectRevert();
        else if (!signed) vm.prank(authorizer);
        if (signed) channels.refundWithSignature(config, amount, nonce, signature);
        else channels.refund(config, amount);
        uint256 got = token.balanceOf(payerOf(i / 2)) - before;
        require(got == (works ? (amount < free ? amount : free) : 0), "refunded");
        returned[i] += uint128(got);
    }

    /// @dev The payer always gets the rest, whatever was claimed and whoever does not cooperate.
    function leave(uint8 which) external claimsOnlyGrow {
        uint256 i = which % CHANNELS;
        uint128 free = _free(i);
        uint256 before = token.balanceOf(payerOf(i / 2));
        IPaymentChannels.ChannelConfig memory config = configOf(i);
        vm.prank(config.payer);
        channels.initiateWithdraw(config, type(uint128).max);
        time += DELAY;
        vm.warp(time);
        channels.finalizeWithdraw(config);
        require(token.balanceOf(payerOf(i / 2)) - before == free, "the rest");
        returned[i] += free;
    }

    function wait(uint32 duration) external {
        time += duration % 2 days;
    }

    function configOf(uint256 i) public view returns (IPaymentChannels.ChannelConfig memory) {
        // every second channel is signed for by a key of its own
        address key = i % 2 == 0 ? address(0) : vm.addr(keyOf(i));
        return
            IPaymentChannels.ChannelConfig(
                payerOf(i / 2),
                key,
                receiverOf(i),
                authorizer,
                address(token),
                DELAY,
                bytes32(i)
            );
    }

    function idOf(uint256 i) public view returns (bytes32) {
        return channels.getChannelId(configOf(i));
    }

    function receiverOf(uint256 i) public pure returns (address) {
        return address(uint160(0xEEE0 + (i % 3 == 0 ? 1 : 2)));
    }

    function payerOf(uint256 payer) public pure returns (address) {
        return vm.addr(0xBA0 + payer);
    }

    function keyOf(uint256 i) public pure returns (uint256) {
        return i % 2 == 0 ? 0xBA0 + i / 2 : 0xCA0 + i;
    }

    function _claimInFull(
        uint256 i,
        uint128 limit,
        uint128 sum,
        bytes memory signature,
        bool byAuthorizer,
        bool refused
    ) private {
        IPaymentChannels.VoucherClaim[] memory claims = new IPaymentChannels.VoucherClaim[](1);
        claims[0] = IPaymentChannels.VoucherClaim(IPaymentChannels.Voucher(configOf(i), limit), signature, sum);
        bytes memory allowance = _sign(AUTHORIZER_KEY, channels.getClaimBatchDigest(claims));
        if (byAuthorizer) vm.startPrank(authorizer);
        if (refused) vm.expectRevert();
        if (byAuthorizer) channels.claim(claims);
        else channels.claimWithSignature(claims, allowance);
        if (byAuthorizer) vm.stopPrank();
    }

    function _claimCompactly(uint256 i, uint128 limit, bytes memory signature, uint256 expected) private {
        (bytes32 r, bytes32 s, uint8 v) = (bytes32(0), bytes32(0), uint8(signature[64]));
        assembly ("memory-safe") {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
        }
        bytes32 vs = bytes32((uint256(v - 27) << 255) | uint256(s));
        bytes memory rows = abi.encodePacked(idOf(i), limit, r, vs);
        address receiver = receiverOf(i);
        vm.prank(authorizer);
        require(channels.claimCompact(receiver, rows) == expected, "compact claim");
    }

    function _free(uint256 i) private view returns (uint128) {
        (uint128 balance, uint128 claimed) = channels.channels(idOf(i));
        return balance - claimed;
    }

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}

contract PaymentChannelsTest {
    ChannelsHandler private _handler = new ChannelsHandler();

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_WhatIsOwedIsThereAndEveryTokenIsSomebodys() public view {
        PaymentChannels channels = _handler.channels();
        address token = address(_handler.token());
        uint256 inChannels;
        uint256 claimedOfChannels;
        for (uint256 i = 0; i < 6; ++i) {
            (uint128 balance, uint128 claimed) = channels.channels(_handler.idOf(i));
            require(claimed <= balance, "claimed more than there is");
            require(_handler.deposited(i) - _handler.returned(i) == balance, "deposits");
            inChannels += balance;
            claimedOfChannels += claimed;
        }
        (uint128 claimedA, uint128 settledA) = channels.receivers(_handler.receiverOf(0), token);
        (uint128 claimedB, uint128 settledB) = channels.receivers(_handler.receiverOf(1), token);
        require(uint256(claimedA) + claimedB == claimedOfChannels, "receivers");
        require(settledA <= claimedA && settledB <= claimedB, "settled more than claimed");
        require(OpenToken(token).balanceOf(address(channels)) == inChannels - settledA - settledB, "held");
    }

    /// @dev Neither another receiver nor another authorizer claims a channel's vouchers, compactly or not.
    function testFuzz_NobodyElseClaims(address receiver, address caller, uint64 amount) public {
        ChannelsHandler handler = _handler;
        PaymentChannels channels = handler.channels();
        IPaymentChannels.ChannelConfig memory config = handler.configOf(0);
        vm.assume(amount != 0 && (receiver != config.receiver || caller != config.receiverAuthorizer));
        vm.assume(caller != address(handler.collector()));
        channels.deposit(config, amount, address(handler.collector()), "");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(handler.keyOf(0), channels.getVoucherDigest(handler.idOf(0), amount));
        bytes32 vs = bytes32((uint256(v - 27) << 255) | uint256(s));
        bytes memory row = abi.encodePacked(handler.idOf(0), uint128(amount), r, vs);
        vm.prank(caller);
        require(channels.claimCompact(receiver, row) == 0, "claimed");
    }

    function testFuzz_RowsAreWhole(uint16 length) public {
        PaymentChannels channels = _handler.channels();
        if (length % 112 != 0) {
            vm.expectRevert(abi.encodeWithSelector(IPaymentChannels.ChannelsMalformedRows.selector, length));
        }
        channels.claimCompact(address(1), new bytes(length));
    }
}
