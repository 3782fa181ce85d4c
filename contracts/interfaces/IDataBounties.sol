// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SumTree} from "../libraries/SumTree.sol";
import {IAttributionDisputes} from "./IAttributionDisputes.sol";

/// @title IDataBounties
/// @notice Pays for data that a Datanet lacks, by what the data is worth to the next version of a model, never by how much there is.
///
/// Anybody puts OPEN down for new contributions to a Datanet, if it likes of one label alone. Who decides what:
/// - The Datanet's reviewers accept contributions, as ever.
/// - The judge is the first version of the model that is activated after the bounty closes, was trained on a snapshot of the Datanet
///   pinned after it, and has a certificate above the floor. Its attested index says what each contribution is worth: its quality.
/// - That a contribution has the label is taken for granted until somebody shows one of its examples that has another.
/// The whole sum is paid when what was entered makes up `targetBps` of all that helps the Datanet in that index, a part of it when
/// it is less; the rest, and what nobody earned, goes back to the funder. The funder chooses nobody and can take nothing back.
/// @dev Whoever curates the Datanet's quality data decides what "helps" means there, and the model's owner whether there is another
/// version at all: contribute to a bounty of a Datanet and a model that you trust with your other earnings too.
interface IDataBounties {
    struct Terms {
        uint256 datanetId;
        /// The model whose next version judges.
        uint256 modelId;
        /// OPEN wei, at most.
        uint96 amount;
        /// Of the positive quality in the Datanet's part of the index: where the whole amount is earned. 1 to 10,000.
        uint16 targetBps;
        /// Unix time from which on anybody may close the bounty to versions trained before.
        uint64 closesAt;
        /// Unix time after which, if nothing was entered, the amount goes back.
        uint64 deadline;
        /// Seconds in which contributions can be entered, from the first on, and after them seconds in which they can be refuted.
        uint32 period;
    }

    struct Bounty {
        address funder;
        Terms terms;
        /// Contributions up to this one were there before the bounty, and do not count.
        uint256 contributionsBefore;
        /// Block in which it was closed; 0: it is open.
        uint64 closedBlock;
        /// The judge; 0: nothing was entered.
        uint256 versionId;
        /// Unix time; 0: nothing was entered.
        uint64 entriesEnd;
        /// Quality at which the whole amount is earned.
        uint256 target;
        /// Quality of everything that was entered and not refuted; once it pays, of what was not paid yet.
        uint256 quality;
        /// OPEN wei that are still to be paid for `quality`, once it pays.
        uint96 unpaid;
        /// What is earned is fixed, and the rest was sent back.
        bool settled;
    }

    /// @notice A funder put the whole amount down.
    /// @param bountyId The bounty.
    /// @param funder Who paid, and gets back what nobody earns.
    /// @param terms As created.
    /// @param label That every example must have; empty: any.
    /// @param uri What is missing, in words.
    event BountyCreated(uint256 indexed bountyId, address indexed funder, Terms terms, string label, string uri);
    /// @notice Versions trained on snapshots from here on can judge.
    /// @param bountyId The bounty.
    /// @param blockNumber The block.
    event BountyClosed(uint256 indexed bountyId, uint64 blockNumber);
    /// @notice A contribution is entered.
    /// @param bountyId The bounty.
    /// @param contributionId The contribution.
    /// @param versionId The judge.
    /// @param quality Of the contribution, in the judge's index.
    event BountyEntered(
        uint256 indexed bountyId,
        uint256 indexed contributionId,
        uint256 indexed versionId,
        uint256 quality
    );
    /// @notice An entry has an example of another label, and is out.
    /// @param bountyId The bounty.
    /// @param contributionId The contribution.
    /// @param refuter Who showed it.
    event BountyRefuted(uint256 indexed bountyId, uint256 indexed contributionId, address refuter);
    /// @notice What is earned is fixed.
    /// @param bountyId The bounty.
    /// @param earned OPEN wei for all contributions together.
    /// @param returned OPEN wei that went back to the funder.
    event BountySettled(uint256 indexed bountyId, uint256 earned, uint256 returned);
    /// @notice A contribution is paid.
    /// @param bountyId The bounty.
    /// @param contributionId The contribution.
    /// @param to The contribution's owner; the funder, if it was revoked meanwhile.
    /// @param amount OPEN wei.
    event BountyPaid(uint256 indexed bountyId, uint256 indexed contributionId, address indexed to, uint256 amount);

    error BountyUnknown(uint256 bountyId);
    /// @notice `value` of the term at `field` lies outside `minimum … maximum`.
    error BountyTermOutOfBounds(uint256 field, uint256 value, uint256 minimum, uint256 maximum);
    /// @notice A label has at most 128 bytes, and none of them is a quote, a backslash or a control character.
    error BountyInvalidLabel(string label);
    /// @notice It cannot happen before `from`.
    error BountyTooEarly(uint256 bountyId, uint256 from);
    /// @notice It could happen until `until`.
    error BountyTooLate(uint256 bountyId, uint256 until);
    error BountyAlreadyClosed(uint256 bountyId);
    error BountyAlreadySettled(uint256 bountyId);
    /// @notice `judge` is the version that judges; 0: there is none yet.
    error BountyNotJudge(uint256 bountyId, uint256 versionId, uint256 judge);
    /// @notice The contribution is older than the bounty, of another Datanet, not accepted, of no worth, or was entered before.
    error BountyNotEligible(uint256 bountyId, uint256 contributionId);
    error BountyNotEntered(uint256 bountyId, uint256 contributionId);
    /// @notice The example has the label of the bounty, or the bounty has none.
    error BountyLabelMatches(uint256 bountyId);

    /// @notice Takes the amount from the caller, who becomes the funder.
    /// @param terms See {Terms}.
    /// @param label That every example must have; empty: any.
    /// @param uri What is missing, in words.
    /// @return bountyId Ascending from 1.
    function create(
        Terms calldata terms,
        string calldata label,
        string calldata uri
    ) external returns (uint256 bountyId);

    /// @notice From here on, only versions trained on snapshots of this block and later can judge. Anybody, from `closesAt` on.
    /// @param bountyId The bounty.
    function close(uint256 bountyId) external;

    /// @notice Enters a contribution by its row in the judge's index. Anybody; its owner will be paid.
    /// @param bountyId The bounty.
    /// @param versionId The judge: {judgeOf}.
    /// @param row The contribution's.
    function enter(uint256 bountyId, uint256 versionId, IAttributionDisputes.IndexEvidence calldata row) external;

    /// @notice Takes a contribution out by one of its examples that has another label. Anybody, until the bounty pays.
    /// @param bountyId The bounty.
    /// @param contributionId The contribution.
    /// @param example The example's canonical bytes (docs/data.md).
    /// @param salt Of the example's leaf in the content tree.
    /// @param proof Of that leaf.
    function refute(
        uint256 bountyId,
        uint256 contributionId,
        bytes calldata example,
        bytes32 salt,
        SumTree.Proof calldata proof
    ) external;

    /// @notice Pays the contribution's owner. Anybody, once nothing can be refuted any more.
    /// @param bountyId The bounty.
    /// @param contributionId The contribution.
    /// @return amount OPEN wei.
    function claim(uint256 bountyId, uint256 contributionId) external returns (uint256 amount);

    /// @notice Sends back what nobody earns: after the deadline if nothing was entered, otherwise once nothing can be refuted any
    /// more. Anybody; the first {claim} does it too.
    /// @param bountyId The bounty.
    function settle(uint256 bountyId) external;

    /// @notice State of a bounty.
    /// @param bountyId The bounty.
    /// @return bounty The bounty.
    /// @return label That every example must have; empty: any.
    function bountyOf(uint256 bountyId) external view returns (Bounty memory bounty, string memory label);

    /// @notice Quality with which a contribution is entered and not paid.
    /// @param bountyId The bounty.
    /// @param contributionId The contribution.
    /// @return quality 0: it is not.
    function entryOf(uint256 bountyId, uint256 contributionId) external view returns (uint256 quality);

    /// @notice The version that judges, of the first `MOST_VERSIONS` activated since `closesAt`.
    /// @param bountyId The bounty.
    /// @return versionId 0 if there is none yet.
    function judgeOf(uint256 bountyId) external view returns (uint256 versionId);

    /// @notice Bounties created so far.
    function bountyCount() external view returns (uint256);
}
