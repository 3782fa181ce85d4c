// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {AccountSignature} from "../libraries/AccountSignature.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {PayoutProofs} from "./PayoutProofs.sol";
import {ScoreRoots} from "./ScoreRoots.sol";

/// @title RewardDistributor
/// @notice See {IRewardDistributor}. Claims; nothing stops them.
contract RewardDistributor is ScoreRoots {
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
    function claim(uint32 index, Payout calldata payout, bytes32[] calldata proof) external returns (uint256 amount) {
        address account = payout.account;
        uint256 word = _accounts[account];
        amount = _take(index, payout, proof, word);
        address recipient = _recipient(account, word);

        emit Claimed(account, recipient, amount);
        token.safeTransfer(recipient, amount);
    }

    /// @inheritdoc IRewardDistributor
    function claimWithSignature(
        uint32 index,
        Payout calldata payout,
        bytes32[] calldata proof,
        address recipient,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 amount) {
        if (block.timestamp > deadline) revert DistributorSignatureExpired(deadline);
        if (recipient == address(0)) revert DistributorInvalidAddress();
        address account = payout.account;
        amount = _take(index, payout, proof, _accounts[account]);
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(CLAIM_TYPEHASH, account, recipient, payout.cumulative, deadline))
        );
        if (!AccountSignature.isValid(account, digest, signature)) revert DistributorInvalidSignature(account);

        emit Claimed(account, recipient, amount);
        token.safeTransfer(recipient, amount);
    }

    /// @inheritdoc IRewardDistributor
    function claimBatch(
        uint32 first,
        Payout[] calldata payouts,
        bytes32[] calldata proof
    ) external returns (uint256 total) {
        uint256 books = _books;
        uint256 accounts = books >> 192;
        if (payouts.length == 0 || first + payouts.length > accounts) revert DistributorInvalidProof();
        bytes32 root = PayoutProofs.rootOfRun(first, payouts, proof, SumTree.depthOf(accounts));
        if (root != _payoutsRoot) revert DistributorInvalidProof();

        uint256 left = uint96(books >> 96) - uint96(books);
        uint256[] memory payments = new uint256[](payouts.length);
        uint256 paid;
        for (uint256 i = 0; i < payouts.length; ++i) {
            address account = payouts[i].account;
            uint256 word = _accounts[account];
            uint256 amount = _due(payouts[i].cumulative, word, left - total);
            if (amount == 0) continue;
            // The low part of the word is what was claimed; with the amount it stays below the limit, which has 96 bits.
            _accounts[account] = word + amount;
            if (!token.trySafeTransfer(_recipient(account, word), amount)) {
                _accounts[account] = word;
                continue;
            }
            total += amount;
            payments[paid++] = (uint256(uint160(account)) << 96) | amount;
        }
        // After the transfers, because the token calls nobody, and only now it is known which of them failed.
        _books = books + total;
        // Shortens the array to the payments that were made.
        assembly ("memory-safe") {
            mstore(payments, paid)
        }
        emit Distributed(payments);
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

    /// @dev Checks the proof of a leaf and records that what is due by it is claimed.
    /// @param word The account's.
    function _take(
        uint256 index,
        Payout calldata payout,
        bytes32[] calldata proof,
        uint256 word
    ) private returns (uint256 amount) {
        uint256 books = _books;
        uint256 accounts = books >> 192;
        if (
            index >= accounts ||
            proof.length != SumTree.depthOf(accounts) ||
            PayoutProofs.rootOfPath(PayoutProofs.leafHash(payout), index, proof) != _payoutsRoot
        ) revert DistributorInvalidProof();
        address account = payout.account;
        amount = _due(payout.cumulative, word, type(uint256).max);
        if (amount == 0) revert DistributorNothingToClaim(account);
        // Unchecked because no more is claimed than the limit, and both sums stay at or below it: less than 2^96.
        unchecked {
            uint256 left = uint96(books >> 96) - uint96(books);
            if (left == 0) revert DistributorLimitReached(uint96(books >> 96));
            if (amount > left) amount = left;
            _books = books + amount;
            _accounts[account] = word + amount;
        }
    }

    /// @dev What is left to pay of `cumulative`, at most `most`.
    function _due(uint256 cumulative, uint256 word, uint256 most) private pure returns (uint256 amount) {
        uint256 claimed = uint96(word);
        if (cumulative <= claimed) return 0;
        // Unchecked because the line above compared.
        unchecked {
            amount = cumulative - claimed;
        }
        if (amount > most) amount = most;
    }

    function _recipient(address account, uint256 word) private pure returns (address) {
        return word >> 96 == 0 ? account : address(uint160(word >> 96));
    }
}
