// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {NoncesUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/NoncesUpgradeable.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {UpgradeableAfterExit} from "../access/UpgradeableAfterExit.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {AccountSignature} from "../libraries/AccountSignature.sol";
import {ContributionRecords} from "./ContributionRecords.sol";
import {Mask} from "./Mask.sol";

/// @title ContributionRegistry
/// @notice See {IContributionRegistry}.
/// @dev How contributions come, change and go; {ContributionRecords} keeps and reads them.
contract ContributionRegistry is ContributionRecords, EIP712Upgradeable, NoncesUpgradeable, UpgradeableAfterExit {
    using AccountSignature for address;
    using Checkpoints for Checkpoints.Trace160;
    using SafeERC20 for IERC20;

    /// @dev Whose parts come from whom.
    struct Origin {
        address contributor;
        address sponsor;
        uint256 datanetId;
        bytes32 partsHash;
    }

    uint256 public constant MAX_PARTS = 256;
    uint64 public constant MIN_BOND_COOL_OFF = 1 days;
    /// @notice After the longest review and the longest epoch it leaves a week of `EXIT_DELAY` to decide in.
    uint64 public constant MAX_BOND_COOL_OFF = 30 days;
    bytes32 public constant CONSENT_TYPEHASH = keccak256(
        "Consent(address contributor,uint256 datanetId,bytes32 partsHash,string uri,uint96 bond,uint96 reviewFee,uint64 judgeModelId,uint256 nonce,uint256 deadline)"
    );

    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IERC20 public immutable token;
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    IDatanetRegistry public immutable datanets;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor(IERC20 token_, IEpochClock clock_, IDatanetRegistry datanets_) ContributionRecords(clock_) {
        token = token_;
        datanets = datanets_;
        _disableInitializers();
    }

    function initialize(address owner, uint64 bondCoolOff_) external initializer {
        __ERC721_init("OpenLedger Contribution", "CONTRIBUTION");
        __EIP712_init("OpenLedger", "2");
        __Ownable_init(owner);
        _setBondCoolOff(bondCoolOff_);
    }

    /// @inheritdoc IContributionRegistry
    function submit(
        uint256 datanetId,
        Part[] calldata parts,
        string calldata uri,
        Caps calldata caps
    ) external returns (uint256 submissionId, uint256 firstContributionId) {
        Origin memory origin = Origin(msg.sender, address(0), datanetId, keccak256(abi.encode(parts)));
        return _submit(origin, parts, uri, caps);
    }

    /// @inheritdoc IContributionRegistry
    function submitFor(
        address contributor,
        uint256 datanetId,
        Part[] calldata parts,
        string calldata uri,
        Caps calldata caps,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 submissionId, uint256 firstContributionId) {
        Origin memory origin = Origin(contributor, msg.sender, datanetId, keccak256(abi.encode(parts)));
        _useConsent(origin, keccak256(bytes(uri)), caps, deadline, signature);
        return _submit(origin, parts, uri, caps);
    }

    /// @inheritdoc IContributionRegistry
    function cancelConsent() external {
        emit ConsentCancelled(msg.sender, _useNonce(msg.sender));
    }

    /// @inheritdoc IContributionRegistry
    function revoke(uint256 contributionId) external {
        if (_requireOwned(contributionId) != msg.sender) revert ContributionUnauthorized(msg.sender);
        _requireStatus(contributionId, Status.Accepted);

        StoredPart storage part = _records().parts[contributionId];
        uint256 datanetId = _records().submissions[part.submissionId].datanetId;
        DatanetState storage state = _records().datanets[datanetId];
        part.revokedFrom = clock.current() + 1;
        part.revokedAt = ++state.changes;
        --state.accepted;
        state.accumulator = keccak256(abi.encode(state.accumulator, contributionId));
        emit Revoked(contributionId, datanetId, part.revokedFrom, state.accumulator);
    }

    /// @inheritdoc IContributionRegistry
    function withdrawBond(uint256 contributionId) external returns (uint256 amount) {
        address owner = _requireOwned(contributionId);
        _requireStatus(contributionId, Status.Revoked);
        StoredPart storage part = _records().parts[contributionId];
        StoredSubmission storage submission = _records().submissions[part.submissionId];
        uint256 from = clock.endOf(part.revokedFrom - 1) + _records().bondCoolOff;
        if (block.timestamp < from) revert ContributionBondLocked(contributionId, from);

        amount = submission.bond - part.bondTaken;
        part.bondTaken = submission.bond;
        address to = submission.sponsor == address(0) ? owner : submission.sponsor;
        emit BondWithdrawn(contributionId, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IContributionRegistry
    function resolve(
        uint256 submissionId,
        uint256 acceptedMask,
        address[] calldata reviewers,
        uint256[] calldata rewards
    ) external {
        if (msg.sender != _records().review) revert ContributionUnauthorized(msg.sender);
        StoredSubmission storage submission = _requireSubmission(submissionId);
        if (submission.resolved) revert ContributionAlreadyResolved(submissionId);
        uint256 size = submission.size;
        if (acceptedMask & ~Mask.full(size) != 0) revert ContributionInvalidMask(acceptedMask, size);
        uint256 accepted = Mask.count(acceptedMask);
        uint256 paid = 0;
        for (uint256 i = 0; i < rewards.length; ++i) paid += rewards[i];
        uint256 fees = size * submission.reviewFee;
        if (paid > fees) revert ContributionFeeExceeded(submissionId, paid, fees);

        DatanetState storage state = _records().datanets[submission.datanetId];
        bytes32 accumulator = keccak256(
            abi.encode(state.accumulator, submissionId, acceptedMask, submission.partsHash)
        );
        state.accumulator = accumulator;
        // A submission has at most 256 parts and every one of them has an id.
        state.accepted += uint32(accepted);
        submission.acceptedAt = ++state.changes;
        submission.acceptedMask = acceptedMask;
        submission.resolved = true;

        uint256 refund = fees - paid + (size - accepted) * submission.bond;
        emit Resolved(submissionId, submission.datanetId, acceptedMask, refund, accumulator);
        for (uint256 i = 0; i < rewards.length; ++i) token.safeTransfer(reviewers[i], rewards[i]);
        token.safeTransfer(submission.sponsor == address(0) ? submission.contributor : submission.sponsor, refund);
    }

    /// @inheritdoc IContributionRegistry
    function slashBond(uint256 contributionId, uint256 amount, address to) external {
        if (msg.sender != _records().harmCharges) revert ContributionUnauthorized(msg.sender);
        Status status = _statusOf(contributionId);
        if (status != Status.Revoked) _requireStatus(contributionId, Status.Accepted);
        StoredPart storage part = _records().parts[contributionId];
        uint256 bond = _records().submissions[part.submissionId].bond - part.bondTaken;
        if (amount > bond) revert ContributionBondExceeded(contributionId, amount, bond);

        // At most the bond, which has 96 bits.
        part.bondTaken += uint96(amount);
        emit BondSlashed(contributionId, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IContributionRegistry
    function setReview(address review_) external onlyOwner {
        if (_records().review != address(0)) revert ContributionCollaboratorAlreadySet();
        if (review_ == address(0)) revert ContributionInvalidAddress();
        _records().review = review_;
        emit ReviewSet(review_);
    }

    /// @inheritdoc IContributionRegistry
    function setHarmCharges(address harmCharges_) external onlyOwner {
        if (_records().harmCharges != address(0)) revert ContributionCollaboratorAlreadySet();
        if (harmCharges_ == address(0)) revert ContributionInvalidAddress();
        _records().harmCharges = harmCharges_;
        emit HarmChargesSet(harmCharges_);
    }

    /// @inheritdoc IContributionRegistry
    function setBondCoolOff(uint64 duration) external afterExit {
        _setBondCoolOff(duration);
    }

    /// @inheritdoc ERC721Upgradeable
    function supportsInterface(bytes4 interfaceId) public view override(ERC721Upgradeable, IERC165) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    function _submit(
        Origin memory origin,
        Part[] calldata parts,
        string calldata uri,
        Caps calldata caps
    ) private returns (uint256 submissionId, uint256 firstContributionId) {
        IDatanetRegistry.Terms memory terms = datanets.termsOf(origin.datanetId);
        if (terms.bond > caps.bond || terms.reviewFee > caps.reviewFee || terms.judgeModelId != caps.judgeModelId)
            revert ContributionTermsExceeded(terms.bond, terms.reviewFee, terms.judgeModelId);
        (submissionId, firstContributionId) = _storeSubmission(origin, parts.length, terms);
        _storeParts(origin.contributor, origin.datanetId, uint64(submissionId), firstContributionId, parts);
        emit Submitted(
            submissionId,
            origin.datanetId,
            origin.contributor,
            origin.sponsor,
            firstContributionId,
            parts,
            uri
        );
        uint256 payment = parts.length * (uint256(terms.bond) + terms.reviewFee);
        if (payment != 0) token.safeTransferFrom(msg.sender, address(this), payment);
    }

    function _storeSubmission(
        Origin memory origin,
        uint256 size,
        IDatanetRegistry.Terms memory terms
    ) private returns (uint256 submissionId, uint256 firstContributionId) {
        if (size == 0 || size > MAX_PARTS) revert ContributionInvalidSize(size);
        Records storage records = _records();
        submissionId = ++records.submissionCount;
        firstContributionId = records.count + 1;
        records.count += size;

        StoredSubmission storage submission = records.submissions[submissionId];
        submission.contributor = origin.contributor;
        // Ids, sizes and times count things that cost a transaction or a second each: they fit.
        submission.datanetId = uint32(origin.datanetId);
        submission.submittedAt = uint40(block.timestamp);
        submission.size = uint16(size);
        submission.bond = terms.bond;
        submission.reviewFee = terms.reviewFee;
        submission.firstContributionId = uint64(firstContributionId);
        submission.partsHash = origin.partsHash;
        if (origin.sponsor != address(0)) submission.sponsor = origin.sponsor;
        if (terms.judgeModelId != 0) submission.judgeModelId = uint32(terms.judgeModelId);
    }

    function _useConsent(
        Origin memory origin,
        bytes32 uriHash,
        Caps calldata caps,
        uint256 deadline,
        bytes calldata signature
    ) private {
        if (block.timestamp > deadline) revert ContributionConsentExpired(deadline);
        bytes32 structHash = keccak256(
            abi.encode(
                CONSENT_TYPEHASH,
                origin.contributor,
                origin.datanetId,
                origin.partsHash,
                uriHash,
                caps.bond,
                caps.reviewFee,
                caps.judgeModelId,
                _useNonce(origin.contributor),
                deadline
            )
        );
        if (!origin.contributor.isValid(_hashTypedDataV4(structHash), signature)) {
            revert ContributionInvalidConsent(origin.contributor);
        }
    }

    function _storeParts(
        address contributor,
        uint256 datanetId,
        uint64 submissionId,
        uint256 firstContributionId,
        Part[] calldata parts
    ) private {
        bool train = false;
        bool quality = false;
        for (uint256 i = 0; i < parts.length; ++i) {
            Part calldata part = parts[i];
            if (part.contentRoot == 0 || part.examples == 0) revert ContributionInvalidPart(i);
            if (part.kind == Kind.Train) train = true;
            else quality = true;
            StoredPart storage stored = _records().parts[firstContributionId + i];
            stored.contentRoot = part.contentRoot;
            stored.submissionId = submissionId;
            stored.examples = part.examples;
            stored.kind = part.kind;
            emit Transfer(address(0), contributor, firstContributionId + i);
        }
        // The owner of a contribution that was never transferred is its contributor: see {ContributionRecords-_ownerOf}.
        _increaseBalance(contributor, uint128(parts.length));
        if (train && !datanets.isAdmitted(datanetId, contributor))
            revert ContributionNotAdmitted(datanetId, contributor);
        if (quality && !datanets.isCurator(datanetId, contributor))
            revert ContributionNotCurator(datanetId, contributor);
    }

    /// @dev Only transfers come here. A contribution that is not accepted stays with its contributor, to whom its bond
    /// returns.
    function _update(address to, uint256 contributionId, address auth) internal override returns (address from) {
        from = super._update(to, contributionId, auth);
        if (_statusOf(contributionId) != Status.Revoked) _requireStatus(contributionId, Status.Accepted);
        _records().payees[contributionId].push(clock.current() + 1, uint160(to));
    }

    function _setBondCoolOff(uint64 duration) private {
        if (duration < MIN_BOND_COOL_OFF || duration > MAX_BOND_COOL_OFF)
            revert ContributionOutOfBounds(duration, MIN_BOND_COOL_OFF, MAX_BOND_COOL_OFF);
        _records().bondCoolOff = duration;
        emit BondCoolOffSet(duration);
    }
}
