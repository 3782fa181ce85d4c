// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {NoncesUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/NoncesUpgradeable.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {IContributionRegistry} from "../interfaces/IContributionRegistry.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {AccountSignature} from "../libraries/AccountSignature.sol";
import {ContributionRecords} from "./ContributionRecords.sol";
import {Mask} from "./Mask.sol";

/// @title ContributionRegistry
/// @notice See {IContributionRegistry}.
/// @dev How contributions come, change and go; {ContributionRecords} keeps and reads them.
contract ContributionRegistry is
    ContributionRecords,
    EIP712Upgradeable,
    NoncesUpgradeable,
    OwnableUpgradeable,
    UUPSUpgradeable
{
    using AccountSignature for address;
    using Checkpoints for Checkpoints.Trace160;
    using SafeERC20 for IERC20;

    uint256 public constant MAX_PARTS = 256;
    uint64 public constant MIN_BOND_COOL_OFF = 1 days;
    uint64 public constant MAX_BOND_COOL_OFF = 365 days;
    bytes32 public constant CONSENT_TYPEHASH = keccak256(
        "Consent(address contributor,uint256 datanetId,bytes32 partsHash,string uri,uint256 nonce,uint256 deadline)"
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
        string calldata uri
    ) external returns (uint256 submissionId, uint256 firstContributionId) {
        return _submit(msg.sender, address(0), datanetId, parts, keccak256(abi.encode(parts)), uri);
    }

    /// @inheritdoc IContributionRegistry
    function submitFor(
        address contributor,
        uint256 datanetId,
        Part[] calldata parts,
        string calldata uri,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 submissionId, uint256 firstContributionId) {
        bytes32 partsHash = keccak256(abi.encode(parts));
        bytes32 uriHash = keccak256(bytes(uri));
        _useConsent(contributor, datanetId, partsHash, uriHash, deadline, signature);
        return _submit(contributor, msg.sender, datanetId, parts, partsHash, uri);
    }

    /// @inheritdoc IContributionRegistry
    function cancelConsent() external {
        emit ConsentCancelled(msg.sender, _useNonce(msg.sender));
    }

    /// @inheritdoc IContributionRegistry
    function revoke(uint256 contributionId) external {
        require(_requireOwned(contributionId) == msg.sender, ContributionUnauthorized(msg.sender));
        _requireStatus(contributionId, Status.Accepted);

        StoredPart storage part = _parts[contributionId];
        uint256 datanetId = _submissions[part.submissionId].datanetId;
        DatanetState storage state = _datanets[datanetId];
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
        StoredPart storage part = _parts[contributionId];
        StoredSubmission storage submission = _submissions[part.submissionId];
        uint256 from = clock.endOf(part.revokedFrom - 1) + bondCoolOff;
        require(block.timestamp >= from, ContributionBondLocked(contributionId, from));

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
        require(msg.sender == review, ContributionUnauthorized(msg.sender));
        StoredSubmission storage submission = _requireSubmission(submissionId);
        require(!submission.resolved, ContributionAlreadyResolved(submissionId));
        uint256 size = submission.size;
        require(acceptedMask & ~Mask.full(size) == 0, ContributionInvalidMask(acceptedMask, size));
        uint256 accepted = Mask.count(acceptedMask);
        uint256 paid = 0;
        for (uint256 i = 0; i < rewards.length; ++i) paid += rewards[i];
        uint256 fees = size * submission.reviewFee;
        require(paid <= fees, ContributionFeeExceeded(submissionId, paid, fees));

        DatanetState storage state = _datanets[submission.datanetId];
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
        require(msg.sender == harmCharges, ContributionUnauthorized(msg.sender));
        Status status = _statusOf(contributionId);
        if (status != Status.Revoked) _requireStatus(contributionId, Status.Accepted);
        StoredPart storage part = _parts[contributionId];
        uint256 bond = _submissions[part.submissionId].bond - part.bondTaken;
        require(amount <= bond, ContributionBondExceeded(contributionId, amount, bond));

        // At most the bond, which has 96 bits.
        part.bondTaken += uint96(amount);
        emit BondSlashed(contributionId, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IContributionRegistry
    function setReview(address review_) external onlyOwner {
        require(review == address(0), ContributionCollaboratorAlreadySet());
        require(review_ != address(0), ContributionInvalidAddress());
        review = review_;
        emit ReviewSet(review_);
    }

    /// @inheritdoc IContributionRegistry
    function setHarmCharges(address harmCharges_) external onlyOwner {
        require(harmCharges == address(0), ContributionCollaboratorAlreadySet());
        require(harmCharges_ != address(0), ContributionInvalidAddress());
        harmCharges = harmCharges_;
        emit HarmChargesSet(harmCharges_);
    }

    /// @inheritdoc IContributionRegistry
    function setBondCoolOff(uint64 duration) external onlyOwner {
        _setBondCoolOff(duration);
    }

    /// @inheritdoc ERC721Upgradeable
    function supportsInterface(bytes4 interfaceId) public view override(ERC721Upgradeable, IERC165) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    function _submit(
        address contributor,
        address sponsor,
        uint256 datanetId,
        Part[] calldata parts,
        bytes32 partsHash,
        string calldata uri
    ) private returns (uint256 submissionId, uint256 firstContributionId) {
        uint256 payment;
        (submissionId, firstContributionId, payment) = _storeSubmission(
            contributor,
            sponsor,
            datanetId,
            parts.length,
            partsHash
        );
        _storeParts(contributor, datanetId, uint64(submissionId), firstContributionId, parts);
        emit Submitted(submissionId, datanetId, contributor, sponsor, firstContributionId, parts, uri);
        if (payment != 0) token.safeTransferFrom(msg.sender, address(this), payment);
    }

    function _storeSubmission(
        address contributor,
        address sponsor,
        uint256 datanetId,
        uint256 size,
        bytes32 partsHash
    ) private returns (uint256 submissionId, uint256 firstContributionId, uint256 payment) {
        require(size != 0 && size <= MAX_PARTS, ContributionInvalidSize(size));
        IDatanetRegistry.Terms memory terms = datanets.termsOf(datanetId);
        submissionId = ++submissionCount;
        firstContributionId = count + 1;
        count += size;
        payment = size * (uint256(terms.bond) + terms.reviewFee);

        StoredSubmission storage submission = _submissions[submissionId];
        submission.contributor = contributor;
        // Ids, sizes and times count things that cost a transaction or a second each: they fit.
        submission.datanetId = uint32(datanetId);
        submission.submittedAt = uint40(block.timestamp);
        submission.size = uint16(size);
        submission.bond = terms.bond;
        submission.reviewFee = terms.reviewFee;
        submission.firstContributionId = uint64(firstContributionId);
        submission.partsHash = partsHash;
        if (terms.judgeModelId != 0) submission.judgeModelId = uint32(terms.judgeModelId);
        if (sponsor != address(0)) submission.sponsor = sponsor;
    }

    function _useConsent(
        address contributor,
        uint256 datanetId,
        bytes32 partsHash,
        bytes32 uriHash,
        uint256 deadline,
        bytes calldata signature
    ) private {
        require(block.timestamp <= deadline, ContributionConsentExpired(deadline));
        uint256 nonce = _useNonce(contributor);
        bytes32 structHash = keccak256(
            abi.encode(CONSENT_TYPEHASH, contributor, datanetId, partsHash, uriHash, nonce, deadline)
        );
        require(contributor.isValid(_hashTypedDataV4(structHash), signature), ContributionInvalidConsent(contributor));
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
            require(part.contentRoot != 0 && part.examples != 0, ContributionInvalidPart(i));
            if (part.kind == Kind.Train) train = true;
            else quality = true;
            StoredPart storage stored = _parts[firstContributionId + i];
            stored.contentRoot = part.contentRoot;
            stored.submissionId = submissionId;
            stored.examples = part.examples;
            stored.kind = part.kind;
            emit Transfer(address(0), contributor, firstContributionId + i);
        }
        // The owner of a contribution that was never transferred is its contributor: see {ContributionRecords-_ownerOf}.
        _increaseBalance(contributor, uint128(parts.length));
        require(!train || datanets.isAdmitted(datanetId, contributor), ContributionNotAdmitted(datanetId, contributor));
        require(!quality || datanets.isCurator(datanetId, contributor), ContributionNotCurator(datanetId, contributor));
    }

    /// @dev Only transfers come here. A contribution that is not accepted stays with its contributor, to whom its bond
    /// returns.
    function _update(address to, uint256 contributionId, address auth) internal override returns (address from) {
        from = super._update(to, contributionId, auth);
        if (_statusOf(contributionId) != Status.Revoked) _requireStatus(contributionId, Status.Accepted);
        _payees[contributionId].push(clock.current() + 1, uint160(to));
    }

    function _setBondCoolOff(uint64 duration) private {
        require(
            duration >= MIN_BOND_COOL_OFF && duration <= MAX_BOND_COOL_OFF,
            ContributionOutOfBounds(duration, MIN_BOND_COOL_OFF, MAX_BOND_COOL_OFF)
        );
        bondCoolOff = duration;
        emit BondCoolOffSet(duration);
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}
