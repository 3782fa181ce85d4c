// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {AccountSignature} from "../libraries/AccountSignature.sol";
import {PayoutProofs} from "./PayoutProofs.sol";
import {ScoreRoots} from "./ScoreRoots.sol";

/// @title RewardDistributor
/// @notice See {IRewardDistributor}. Claims; nothing stops them.
contract RewardDistributor is ScoreRoots {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    bytes32 private constant CLAIM_TYPEHASH = keccak256(
        "Claim(address account,address recipient,uint256 cumulative,uint256 deadline)"
    );

    /// @dev `uint160 recipient << 96 | uint96 claimed`; a recipient of 0 stands for the account itself.
    mapping(address account => uint256 word) private _accounts;

    /// @param owner_ The timelock.
    constructor(
        IERC20 token_,
        IEpochClock clock_,
        address stakeManager_,
        address owner_,
        address guardian_,
        uint64 minChallengeWindow_,
        uint64 challengeWindow_
    ) EIP712("OpenLedger", "2") Ownable(owner_) {
        if (address(token_) == address(0) || address(clock_) == address(0) || stakeManager_ == address(0)) {
            revert DistributorInvalidAddress();
        }
        token = token_;
        clock = clock_;
        stakeManager = stakeManager_;
        minChallengeWindow = minChallengeWindow_;
        _setGuardian(guardian_);
        _setChallengeWindow(challengeWindow_);
    }

    /// @inheritdoc IRewardDistributor
    function claim(
        address account,
        uint256 cumulative,
        bytes32 entriesRoot,
        bytes32[] calldata proof
    ) external returns (uint256 amount) {
        _checkPath(account, cumulative, entriesRoot, proof);
        address recipient;
        (amount, recipient) = _settle(account, cumulative);
        if (amount == 0) revert DistributorNothingToClaim(account);

        emit Claimed(account, recipient, amount);
        token.safeTransfer(recipient, amount);
    }

    /// @inheritdoc IRewardDistributor
    function claimWithSignature(
        Payout calldata payout,
        bytes32[] calldata proof,
        address recipient,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 amount) {
        if (block.timestamp > deadline) revert DistributorSignatureExpired(deadline);
        if (recipient == address(0)) revert DistributorInvalidAddress();
        address account = payout.account;
        _checkPath(account, payout.cumulative, payout.entriesRoot, proof);
        (amount, ) = _settle(account, payout.cumulative);
        if (amount == 0) revert DistributorNothingToClaim(account);
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(CLAIM_TYPEHASH, account, recipient, payout.cumulative, deadline))
        );
        if (!AccountSignature.isValid(account, digest, signature)) revert DistributorInvalidSignature(account);

        emit Claimed(account, recipient, amount);
        token.safeTransfer(recipient, amount);
    }

    /// @inheritdoc IRewardDistributor
    function claimBatch(
        uint256 node,
        Payout[] calldata payouts,
        bytes32[] calldata proof
    ) external returns (uint256 total) {
        if (PayoutProofs.rootOfRun(node, payouts, proof) != _payoutsRoot) revert DistributorInvalidProof();
        return _payAll(payouts);
    }

    /// @inheritdoc IRewardDistributor
    function distribute(Payout[] calldata payouts, bytes32[] calldata proof) external returns (uint256 total) {
        bytes32 subtree = PayoutProofs.rootOfSubtree(payouts);
        if (PayoutProofs.rootOfPath(subtree, proof) != _payoutsRoot) revert DistributorInvalidProof();
        return _payAll(payouts);
    }

    /// @inheritdoc IRewardDistributor
    function setRecipient(address recipient) external {
        _accounts[msg.sender] = (uint256(uint160(recipient)) << 96) | uint96(_accounts[msg.sender]);
        emit RecipientSet(msg.sender, recipient);
    }

    /// @inheritdoc IRewardDistributor
    function claimedBy(address account) external view returns (uint256) {
        return uint96(_accounts[account]);
    }

    /// @inheritdoc IRewardDistributor
    function recipientOf(address account) external view returns (address) {
        return _recipient(account, _accounts[account]);
    }

    function _checkPath(
        address account,
        uint256 cumulative,
        bytes32 entriesRoot,
        bytes32[] calldata proof
    ) private view {
        bytes32 leaf = PayoutProofs.leafHash(account, cumulative, entriesRoot);
        if (PayoutProofs.rootOfPath(leaf, proof) != _payoutsRoot) revert DistributorInvalidProof();
    }

    /// @dev Pays every proven payout that is not claimed yet. A payment that fails is left to be claimed.
    function _payAll(Payout[] calldata payouts) private returns (uint256 total) {
        uint256[] memory payments = new uint256[](payouts.length);
        uint256 paid;
        for (uint256 i = 0; i < payouts.length; ++i) {
            Payout calldata payout = payouts[i];
            (uint256 amount, address recipient) = _settle(payout.account, payout.cumulative);
            if (amount == 0) continue;
            if (!token.trySafeTransfer(recipient, amount)) {
                // Back to what was claimed before: the low part of the word.
                _accounts[payout.account] -= amount;
                continue;
            }
            total += amount;
            payments[paid++] = (uint256(uint160(payout.account)) << 96) | amount;
        }
        // Shortens the array to the payments that were made.
        assembly ("memory-safe") {
            mstore(payments, paid)
        }
        emit Distributed(payments);
    }

    /// @dev Records that all of `cumulative` is claimed. Returns what is left to pay, 0 if nothing, and to whom.
    function _settle(address account, uint256 cumulative) private returns (uint256 amount, address recipient) {
        uint256 word = _accounts[account];
        uint256 claimed = uint96(word);
        if (cumulative <= claimed) return (0, address(0));
        // Unchecked because the line above compared, and the low 96 bits of word are `claimed`.
        unchecked {
            amount = cumulative - claimed;
            _accounts[account] = word - claimed + cumulative.toUint96();
        }
        recipient = _recipient(account, word);
    }

    function _recipient(address account, uint256 word) private pure returns (address) {
        return word >> 96 == 0 ? account : address(uint160(word >> 96));
    }
}
