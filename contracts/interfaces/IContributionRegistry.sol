// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

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

    /// @notice What became of a contribution: Revoked follows Accepted, by its owner.
    enum Status {
        Submitted,
        Accepted,
        Rejected,
        Revoked
    }

    /// @notice The most that a submission may cost, and who may judge it.
    struct Caps {
        /// OPEN wei of bond per contribution, at most.
        uint96 bond;
        /// OPEN wei of review fee per contribution, at most.
        uint96 reviewFee;
        /// The model whose versions may charge the bond, exactly; 0: none may.
        uint64 judgeModelId;
    }

    /// @notice One contribution as it is submitted.
    struct Part {
        Kind kind;
        /// Root of the content tree, whose leaves name the contributor.
        bytes32 contentRoot;
        /// Number of examples, at least 1.
        uint32 examples;
    }

    /// @notice A contribution as the registry knows it.
    struct Contribution {
        uint256 datanetId;
        uint256 submissionId;
        Kind kind;
        Status status;
        bytes32 contentRoot;
        uint32 examples;
        address contributor;
        /// Who paid the bond and gets it back, whoever owns the contribution by then; zero: its owner gets it.
        address sponsor;
        /// OPEN wei that harm has not taken; 0 once it was rejected or its bond withdrawn.
        uint256 bond;
        /// First epoch in which it no longer accrues; 0 unless revoked.
        uint64 revokedFrom;
        /// The Datanet's change number at which it was accepted; 0 if it was not.
        uint64 acceptedAt;
        /// The Datanet's change number at which it was revoked; 0 if it was not.
        uint64 revokedAt;
        /// The model by whose versions harm is charged to its bond, as the terms had it at submission; 0: never charged.
        uint64 judgeModelId;
    }

    /// @notice Contributions that are reviewed in one vote.
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
        /// The model whose versions may charge the bonds; 0: none may.
        uint64 judgeModelId;
        uint64 submittedAt;
        bool resolved;
        /// Bit i: contribution `firstContributionId + i` was accepted.
        uint256 acceptedMask;
        /// keccak256(abi.encode(parts))
        bytes32 partsHash;
    }

    /// @notice Contributions wait for review; bond and fee were taken.
    /// @param submissionId The submission.
    /// @param datanetId The Datanet.
    /// @param contributor Whose data it is.
    /// @param sponsor Who paid bond and fee; zero when the contributor did.
    /// @param firstContributionId Id of the first part; the others follow.
    /// @param parts The contributions, 1 … 256.
    /// @param uri Where the canonical examples are (a CID).
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
    /// @param submissionId The submission.
    /// @param datanetId The Datanet.
    /// @param acceptedMask Bit i: part i was accepted.
    /// @param refunded OPEN wei: bonds of rejected contributions, and the part of the fee that no reviewer earned.
    /// @param accumulator {IContributionRegistry-accumulatorOf} after it.
    event Resolved(
        uint256 indexed submissionId,
        uint256 indexed datanetId,
        uint256 acceptedMask,
        uint256 refunded,
        bytes32 accumulator
    );
    /// @notice The owner withdrew an accepted contribution.
    /// @param contributionId The contribution.
    /// @param datanetId The Datanet.
    /// @param effectiveEpoch First epoch in which it accrues nothing.
    /// @param accumulator {IContributionRegistry-accumulatorOf} after it.
    event Revoked(
        uint256 indexed contributionId,
        uint256 indexed datanetId,
        uint64 effectiveEpoch,
        bytes32 accumulator
    );
    /// @notice A contributor made a consent worthless before it was used.
    /// @param contributor Whose data it is.
    /// @param nonce The nonce that can no longer be used.
    event ConsentCancelled(address indexed contributor, uint256 nonce);
    /// @notice What was left of a revoked contribution's bond was paid back.
    /// @param contributionId The contribution.
    /// @param to Who receives it.
    /// @param amount OPEN wei.
    event BondWithdrawn(uint256 indexed contributionId, address indexed to, uint256 amount);
    /// @notice Harm was taken from the bond.
    /// @param contributionId The contribution.
    /// @param to Who receives it.
    /// @param amount OPEN wei.
    event BondSlashed(uint256 indexed contributionId, address indexed to, uint256 amount);
    /// @notice The delay between revocation and return of the bond changed.
    /// @param duration Seconds.
    event BondCoolOffSet(uint64 duration);
    /// @notice The review contract was named.
    /// @param review The contract.
    event ReviewSet(address indexed review);
    /// @notice The contract that charges harm was named.
    /// @param harmCharges The contract.
    event HarmChargesSet(address indexed harmCharges);

    /// @notice There is no such contribution.
    /// @param contributionId The contribution.
    error ContributionUnknown(uint256 contributionId);
    /// @notice There is no such submission.
    /// @param submissionId The submission.
    error ContributionUnknownSubmission(uint256 submissionId);
    /// @notice A submission has 1 … 256 parts.
    /// @param parts How many there are.
    error ContributionInvalidSize(uint256 parts);
    /// @notice A part needs a content root and at least one example.
    /// @param index Position of the part, from 0.
    error ContributionInvalidPart(uint256 index);
    /// @notice The Datanet does not admit the contributor.
    /// @param datanetId The Datanet.
    /// @param contributor Who would contribute.
    error ContributionNotAdmitted(uint256 datanetId, address contributor);
    /// @notice Quality data comes from the Datanet's owner and validators.
    /// @param datanetId The Datanet.
    /// @param contributor Who would contribute.
    error ContributionNotCurator(uint256 datanetId, address contributor);
    /// @notice The Datanet's terms are above the caps, or name another judge.
    /// @param bond OPEN wei of bond per contribution.
    /// @param reviewFee OPEN wei of review fee per contribution.
    /// @param judgeModelId The model whose versions may charge the bond.
    error ContributionTermsExceeded(uint96 bond, uint96 reviewFee, uint64 judgeModelId);
    /// @notice The contributor's consent was valid until `deadline`.
    /// @param deadline Its last second.
    error ContributionConsentExpired(uint256 deadline);
    /// @notice The signature is not the contributor's, or not over these parts, this Datanet, URI, caps, deadline and present nonce.
    /// @param contributor Whose data it is.
    error ContributionInvalidConsent(address contributor);
    /// @notice The call needs `expected`.
    /// @param contributionId The contribution.
    /// @param status What it is.
    /// @param expected What it must be.
    error ContributionWrongStatus(uint256 contributionId, Status status, Status expected);
    /// @notice The submission was decided before.
    /// @param submissionId The submission.
    error ContributionAlreadyResolved(uint256 submissionId);
    /// @notice The mask has a bit beyond the parts of the submission.
    /// @param acceptedMask Bit i: part i was accepted.
    /// @param parts How many there are.
    error ContributionInvalidMask(uint256 acceptedMask, uint256 parts);
    /// @notice Reviewers can be paid the fee of the submission, not more.
    /// @param submissionId The submission.
    /// @param rewards OPEN wei for the reviewers.
    /// @param fee OPEN wei that the submission paid for review.
    error ContributionFeeExceeded(uint256 submissionId, uint256 rewards, uint256 fee);
    /// @notice The caller is not whom the function names.
    /// @param caller Who called.
    error ContributionUnauthorized(address caller);
    /// @notice The bond can be withdrawn from `from` on.
    /// @param contributionId The contribution.
    /// @param from First second in which it can be withdrawn.
    error ContributionBondLocked(uint256 contributionId, uint256 from);
    /// @notice More than the bond that is left.
    /// @param contributionId The contribution.
    /// @param amount OPEN wei.
    /// @param bond OPEN wei that are left.
    error ContributionBondExceeded(uint256 contributionId, uint256 amount, uint256 bond);
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error ContributionOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    /// @notice The contract was named before and stays.
    error ContributionCollaboratorAlreadySet();
    /// @notice The zero address.
    error ContributionInvalidAddress();

    /// @notice Submits up to 256 contributions for one review and pays `parts · (bond + reviewFee)` in OPEN, which the
    /// caller must have approved.
    /// @dev The Datanet's owner can change its terms at any time, also just before this call: the caps are the limit.
    /// @param datanetId The Datanet.
    /// @param parts The contributions, 1 … 256.
    /// @param uri Where the canonical examples are (a CID).
    /// @param caps The most that the caller pays, and the judge that it accepts.
    /// @return submissionId The submission.
    /// @return firstContributionId Id of the first part; the others follow.
    function submit(
        uint256 datanetId,
        Part[] calldata parts,
        string calldata uri,
        Caps calldata caps
    ) external returns (uint256 submissionId, uint256 firstContributionId);

    /// @notice {submit} for a contributor who signed
    /// `Consent(contributor, datanetId, keccak256(abi.encode(parts)), uri, caps, nonces(contributor), deadline)`, the caps as
    /// three members. The caller pays bond and fee, and bond and unearned fee return to the caller, its sponsor.
    /// @dev Warning: what harm takes from the bond is the sponsor's loss and never the contributor's. Sponsor only whom you trust,
    /// or in Datanets whose terms name no judge.
    /// @param contributor Whose data it is.
    /// @param datanetId The Datanet.
    /// @param parts The contributions, 1 … 256.
    /// @param uri Where the canonical examples are (a CID).
    /// @param caps What the contributor consented to; the caller pays at most this much.
    /// @param deadline Last second in which the consent is valid.
    /// @param signature By a key, an ERC-1271 contract or an EIP-7702 account.
    /// @return submissionId The submission.
    /// @return firstContributionId Id of the first part; the others follow.
    function submitFor(
        address contributor,
        uint256 datanetId,
        Part[] calldata parts,
        string calldata uri,
        Caps calldata caps,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 submissionId, uint256 firstContributionId);

    /// @notice Makes the consent that the caller has signed with its present nonce worthless.
    function cancelConsent() external;

    /// @notice Withdraws an accepted contribution: it accrues nothing from the next epoch on and is in no later snapshot.
    /// Owner of the contribution only.
    /// @param contributionId The contribution.
    function revoke(uint256 contributionId) external;

    /// @notice Pays back what is left of a revoked contribution's bond, `bondCoolOff` seconds after the revocation took
    /// effect. Anyone may call; the money goes to the sponsor that paid it, otherwise to the contribution's owner.
    /// @param contributionId The contribution.
    /// @return amount OPEN wei paid.
    function withdrawBond(uint256 contributionId) external returns (uint256 amount);

    /// @notice Decides a submission. ContributionReview only.
    /// @param submissionId The submission.
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
    /// @param contributionId The contribution.
    /// @param amount OPEN wei.
    /// @param to Who receives it.
    function slashBond(uint256 contributionId, uint256 amount, address to) external;

    /// @notice Names the review contract, once. Owner only.
    /// @param review The contract.
    function setReview(address review) external;

    /// @notice Names the contract that charges harm, once. Owner only.
    /// @param harmCharges The contract.
    function setHarmCharges(address harmCharges) external;

    /// @notice Sets the delay between revocation and the return of the bond. Owner only, after the exit delay.
    /// @param duration Seconds, within `MIN_BOND_COOL_OFF … MAX_BOND_COOL_OFF`.
    function setBondCoolOff(uint64 duration) external;

    /// @notice Everything about one contribution. Reverts for an unknown one.
    /// @param contributionId The contribution.
    /// @return contribution The contribution.
    function contributionOf(uint256 contributionId) external view returns (Contribution memory contribution);

    /// @notice Everything about one submission. Reverts for an unknown one.
    /// @param submissionId The submission.
    /// @return submission The submission.
    function submissionOf(uint256 submissionId) external view returns (Submission memory submission);

    /// @notice The owner of the contribution at the start of `epoch`; its contributor until a transfer takes effect.
    /// @dev Final for the current epoch and every earlier one.
    /// @param contributionId The contribution.
    /// @param epoch Number of the epoch.
    /// @return payee The owner.
    function payeeOf(uint256 contributionId, uint64 epoch) external view returns (address payee);

    /// @notice Whether the contribution is accepted and not revoked with an effective epoch of at most `epoch`.
    /// @dev Final for every epoch before the next one, except that an undecided contribution may still be accepted.
    /// @param contributionId The contribution.
    /// @param epoch Number of the epoch.
    /// @return accrues Whether it does.
    function accruesIn(uint256 contributionId, uint64 epoch) external view returns (bool accrues);

    /// @notice Commitment to all decisions and revocations of a Datanet so far, and how many contributions are accepted
    /// and not revoked.
    /// @dev resolve: keccak256(abi.encode(accumulator, submissionId, acceptedMask, partsHash));
    /// revoke: keccak256(abi.encode(accumulator, contributionId)). Zero at first.
    /// @param datanetId The Datanet.
    /// @return accumulator The commitment.
    /// @return accepted Contributions accepted and not revoked.
    function accumulatorOf(uint256 datanetId) external view returns (bytes32 accumulator, uint32 accepted);

    /// @notice Number of decisions and revocations that the accumulator of a Datanet has taken in.
    /// @dev A contribution is in the state after change n exactly if 0 < acceptedAt ≤ n and not 0 < revokedAt ≤ n.
    /// @param datanetId The Datanet.
    /// @return changes The number of changes.
    function changesOf(uint256 datanetId) external view returns (uint64 changes);

    /// @notice Number of contributions; ids run from 1.
    /// @return contributions The number of contributions.
    function count() external view returns (uint256 contributions);

    /// @notice Seconds between the effect of a revocation and the return of the bond.
    /// @return duration Seconds.
    function bondCoolOff() external view returns (uint64 duration);

    /// @notice The review contract.
    /// @return Its address; zero until it is named.
    function review() external view returns (address);

    /// @notice The contract that charges harm.
    /// @return Its address; zero until it is named.
    function harmCharges() external view returns (address);
}
