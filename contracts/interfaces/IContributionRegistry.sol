// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title IContributionRegistry
/// @notice Contributions: batches of examples by one contributor on one subject. The owner of the ERC-721 earns what the
/// contribution earns, from the epoch after the transfer on.
/// @dev Contributions arrive in submissions of up to 256 parts that are reviewed in one vote. The registry holds bonds
/// and review fees; every wei leaves it to the one who paid it (or who bought the contribution), to reviewers up to the
/// fee, or through {slashBond} up to the bond.
interface IContributionRegistry is IERC721 {
    /// @notice Data to train on, or data that says what "good for this Datanet" means and is never trained on.
    enum Kind {
        Train,
        Quality
    }

    enum Status {
        Submitted,
        Accepted,
        Rejected,
        Revoked
    }

    /// @notice One contribution as it is submitted.
    struct Part {
        Kind kind;
        /// Root of the content tree, whose leaves name the contributor.
        bytes32 contentRoot;
        /// Number of examples, at least 1.
        uint32 examples;
    }

    struct Contribution {
        uint256 datanetId;
        uint256 submissionId;
        Kind kind;
        Status status;
        bytes32 contentRoot;
        uint32 examples;
        address contributor;
        /// OPEN wei that harm has not taken; 0 once it was rejected or its bond withdrawn.
        uint256 bond;
        /// First epoch in which it no longer accrues; 0 unless revoked.
        uint64 revokedFrom;
        /// The Datanet's change number at which it was accepted; 0 if it was not.
        uint64 acceptedAt;
        /// The Datanet's change number at which it was revoked; 0 if it was not.
        uint64 revokedAt;
    }

    struct Submission {
        uint256 datanetId;
        address contributor;
        /// The relayer that paid bond and fee, to whom they return; zero when the contributor paid.
        address sponsor;
        uint256 firstContributionId;
        /// Contributions in this submission, with consecutive ids.
        uint256 size;
        /// OPEN wei per contribution.
        uint256 bond;
        /// OPEN wei per contribution.
        uint256 reviewFee;
        uint64 submittedAt;
        bool resolved;
        /// Bit i: contribution `firstContributionId + i` was accepted.
        uint256 acceptedMask;
        /// keccak256(abi.encode(parts))
        bytes32 partsHash;
    }

    event Submitted(
        uint256 indexed submissionId,
        uint256 indexed datanetId,
        address indexed contributor,
        address sponsor,
        uint256 firstContributionId,
        Part[] parts,
        string uri
    );
    /// @notice `refunded` counts bonds of rejected contributions and the part of the fee that no reviewer earned.
    event Resolved(
        uint256 indexed submissionId,
        uint256 indexed datanetId,
        uint256 acceptedMask,
        uint256 refunded,
        bytes32 accumulator
    );
    event Revoked(
        uint256 indexed contributionId,
        uint256 indexed datanetId,
        uint64 effectiveEpoch,
        bytes32 accumulator
    );
    event ConsentCancelled(address indexed contributor, uint256 nonce);
    event BondWithdrawn(uint256 indexed contributionId, address indexed to, uint256 amount);
    event BondSlashed(uint256 indexed contributionId, address indexed to, uint256 amount);
    event BondCoolOffSet(uint64 duration);
    event ReviewSet(address indexed review);
    event HarmChargesSet(address indexed harmCharges);

    error ContributionUnknown(uint256 contributionId);
    error ContributionUnknownSubmission(uint256 submissionId);
    /// @dev A submission has 1 … 256 parts.
    error ContributionInvalidSize(uint256 parts);
    /// @dev A part needs a content root and at least one example.
    error ContributionInvalidPart(uint256 index);
    /// @dev The Datanet does not admit the contributor.
    error ContributionNotAdmitted(uint256 datanetId, address contributor);
    /// @dev Quality data comes from the Datanet's owner and validators.
    error ContributionNotCurator(uint256 datanetId, address contributor);
    error ContributionConsentExpired(uint256 deadline);
    error ContributionInvalidConsent(address contributor);
    /// @dev The call needs `expected`.
    error ContributionWrongStatus(uint256 contributionId, Status status, Status expected);
    error ContributionAlreadyResolved(uint256 submissionId);
    /// @dev The mask has a bit beyond the parts of the submission.
    error ContributionInvalidMask(uint256 acceptedMask, uint256 parts);
    /// @dev Reviewers can be paid the fee of the submission, not more.
    error ContributionFeeExceeded(uint256 submissionId, uint256 rewards, uint256 fee);
    error ContributionUnauthorized(address caller);
    /// @dev The bond can be withdrawn from `from` on.
    error ContributionBondLocked(uint256 contributionId, uint256 from);
    /// @dev More than the bond that is left.
    error ContributionBondExceeded(uint256 contributionId, uint256 amount, uint256 bond);
    error ContributionOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    error ContributionCollaboratorAlreadySet();
    error ContributionInvalidAddress();

    /// @notice Submits up to 256 contributions for one review and pays `parts · (bond + reviewFee)` in OPEN, which the
    /// caller must have approved.
    /// @dev Warning: the Datanet's owner can raise bond and fee at any time, also just before this call. The allowance is
    /// the limit: approve no more than the terms that were read.
    /// @param uri Where the canonical examples are (a CID).
    /// @return submissionId The submission.
    /// @return firstContributionId Id of the first part; the others follow.
    function submit(
        uint256 datanetId,
        Part[] calldata parts,
        string calldata uri
    ) external returns (uint256 submissionId, uint256 firstContributionId);

    /// @notice {submit} for a contributor who signed
    /// `Consent(contributor, datanetId, keccak256(abi.encode(parts)), uri, nonces(contributor), deadline)`.
    /// The caller pays bond and fee, and bond and unearned fee return to the caller.
    /// @param deadline Last second in which the consent is valid.
    /// @param signature By a key, an ERC-1271 contract or an EIP-7702 account.
    function submitFor(
        address contributor,
        uint256 datanetId,
        Part[] calldata parts,
        string calldata uri,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 submissionId, uint256 firstContributionId);

    /// @notice Makes the consent that the caller has signed with its present nonce worthless.
    function cancelConsent() external;

    /// @notice Withdraws an accepted contribution: it accrues nothing from the next epoch on and is in no later snapshot.
    /// Owner of the contribution only.
    function revoke(uint256 contributionId) external;

    /// @notice Pays back what is left of a revoked contribution's bond, `bondCoolOff` seconds after the revocation took
    /// effect. Anyone may call; the money goes to the sponsor that paid it, otherwise to the contribution's owner.
    function withdrawBond(uint256 contributionId) external returns (uint256 amount);

    /// @notice Decides a submission. ContributionReview only.
    /// @param acceptedMask Bit i accepts part i.
    /// @param reviewers Accounts that share the fee.
    /// @param rewards OPEN wei for each; what is left of the fee returns to the payer.
    function resolve(
        uint256 submissionId,
        uint256 acceptedMask,
        address[] calldata reviewers,
        uint256[] calldata rewards
    ) external;

    /// @notice Takes `amount` of the bond of a contribution, accepted or revoked, and pays it to `to`. HarmCharges only.
    function slashBond(uint256 contributionId, uint256 amount, address to) external;

    /// @notice Names the review contract, once. Owner only.
    function setReview(address review) external;

    /// @notice Names the contract that charges harm, once. Owner only.
    function setHarmCharges(address harmCharges) external;

    /// @notice Sets the delay between revocation and the return of the bond. Owner only.
    /// @param duration Seconds, within `MIN_BOND_COOL_OFF … MAX_BOND_COOL_OFF`.
    function setBondCoolOff(uint64 duration) external;

    /// @notice Everything about one contribution. Reverts for an unknown one.
    function contributionOf(uint256 contributionId) external view returns (Contribution memory contribution);

    /// @notice Everything about one submission. Reverts for an unknown one.
    function submissionOf(uint256 submissionId) external view returns (Submission memory submission);

    /// @notice The owner of the contribution at the start of `epoch`; its contributor until a transfer takes effect.
    /// @dev Final for the current epoch and every earlier one.
    function payeeOf(uint256 contributionId, uint64 epoch) external view returns (address payee);

    /// @notice Whether the contribution is accepted and not revoked with an effective epoch of at most `epoch`.
    /// @dev Final for every epoch before the next one, except that an undecided contribution may still be accepted.
    function accruesIn(uint256 contributionId, uint64 epoch) external view returns (bool accrues);

    /// @notice Commitment to all decisions and revocations of a Datanet so far, and how many contributions are accepted
    /// and not revoked.
    /// @dev resolve: keccak256(abi.encode(accumulator, submissionId, acceptedMask, partsHash));
    /// revoke: keccak256(abi.encode(accumulator, contributionId)). Zero at first.
    function accumulatorOf(uint256 datanetId) external view returns (bytes32 accumulator, uint32 accepted);

    /// @notice Number of decisions and revocations that the accumulator of a Datanet has taken in.
    /// @dev A contribution is in the state after change n exactly if 0 < acceptedAt ≤ n and not 0 < revokedAt ≤ n.
    function changesOf(uint256 datanetId) external view returns (uint64 changes);

    /// @notice Number of contributions; ids run from 1.
    function count() external view returns (uint256 contributions);

    /// @notice Seconds between the effect of a revocation and the return of the bond.
    function bondCoolOff() external view returns (uint64 duration);

    /// @notice The review contract.
    function review() external view returns (address);

    /// @notice The contract that charges harm.
    function harmCharges() external view returns (address);
}
