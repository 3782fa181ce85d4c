// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ISlashEscrow
/// @notice Whoever signs what nobody then answers for loses at once what a liar loses, or a liar would rather say nothing. A tenth of it
/// is lost for good; the rest is held, and goes back to whose stake it was when the same content was answered for later and became
/// final. Content that was proven wrong, or did not become final in time, loses it.
interface ISlashEscrow {
    enum State {
        None,
        Held,
        Returned,
        Forfeited
    }

    /// @notice A demand that nobody answered.
    struct Silence {
        bytes32 demandId;
        /// What it was about: one posting of a root, or one attestation of an index.
        bytes32 subject;
    }

    /// @notice What is held for one silence.
    struct Case {
        /// Hash of the root or of the attestation, whoever signs it.
        bytes32 content;
        bytes32 subject;
        /// Version whose index it is; 0 for a root.
        uint256 versionId;
        /// OPEN wei of all operators together.
        uint128 assets;
        uint64 heldAt;
        State state;
        /// Last ticket that the slashes hit.
        uint256 lastTicketId;
    }

    /// @notice What is held of one operator's pool, and whose it was.
    struct Part {
        /// OPEN wei of what was active, and of what was leaving.
        uint128 active;
        uint128 unbonding;
        /// Shares of the pool, and of its unbonding assets.
        uint208 shares;
        /// Number of the slash, by which {IStakeRewards-sharesAt} knows who had them.
        uint48 slash;
        uint256 unbondingShares;
    }

    /// @notice An operator was slashed for silence.
    /// @param demandId The demand.
    /// @param operator The operator.
    /// @param lost OPEN wei that it lost for good.
    /// @param active OPEN wei of active stake that are held.
    /// @param unbonding OPEN wei of leaving stake that are held.
    event Held(bytes32 indexed demandId, address indexed operator, uint256 lost, uint256 active, uint256 unbonding);
    /// @notice The content was answered for and became final: what is held can be claimed.
    /// @param demandId The demand.
    /// @param assets OPEN wei.
    event Returned(bytes32 indexed demandId, uint256 assets);
    /// @notice What was held went to the treasury.
    /// @param demandId The demand.
    /// @param assets OPEN wei.
    event Forfeited(bytes32 indexed demandId, uint256 assets);
    /// @notice An owner of slashed stake got its part back.
    /// @param demandId The demand.
    /// @param operator The operator of the pool.
    /// @param account The owner.
    /// @param assets OPEN wei.
    event PartClaimed(bytes32 indexed demandId, address indexed operator, address indexed account, uint256 assets);

    /// @notice Only the judge.
    /// @param caller Who called.
    error EscrowUnauthorized(address caller);
    /// @notice For this demand nothing is held (any more).
    /// @param demandId The demand.
    error EscrowNotHeld(bytes32 demandId);
    /// @notice This is not what the demand asked.
    /// @param demandId The demand.
    error EscrowWrongQuestion(bytes32 demandId);
    /// @notice The same question about this later posting of the content was not answered: demand and answer it while it is pending.
    /// @param demandId The later demand.
    error EscrowNotAnswered(bytes32 demandId);
    /// @notice The content is not the final root, or not the version's final index.
    /// @param content Hash of the root or of the attestation.
    error EscrowNotFinal(bytes32 content);
    /// @notice The content is not proven wrong and can become final until `until`.
    /// @param demandId The demand.
    /// @param until First second in which what is held can be forfeited.
    error EscrowNotOver(bytes32 demandId, uint256 until);
    /// @notice What is held was not returned, or not to this owner, or the owner has it.
    /// @param demandId The demand.
    error EscrowNothingOwed(bytes32 demandId);

    /// @notice Slashes the signers of the pending root, or of a pending index, about which nobody answered, by the judge's share. Judge
    /// only, which cancels it afterwards.
    /// @param silence The demand.
    /// @param versionId Version whose index it is; 0 for the root.
    /// @param beneficiary Gets the challenger's part of what is lost for good.
    /// @return reward OPEN wei paid to the beneficiary.
    function take(Silence calldata silence, uint256 versionId, address beneficiary) external returns (uint256 reward);

    /// @notice Gives back what is held: the content is final now, and the question was answered about a posting of it. Anybody may
    /// call; of a root, while it is the last final one.
    /// @param demandId The demand that was not answered.
    /// @param question What it asked, as in its event.
    /// @param answeredOf When the root was posted about which it was answered; of an index, the end of its challenge window.
    function giveBack(bytes32 demandId, bytes calldata question, uint64 answeredOf) external;

    /// @notice Sends what is held to the treasury: the content was proven wrong, or the time in which it could become final is over.
    /// Anybody may call.
    /// @param demandId The demand.
    function forfeit(bytes32 demandId) external;

    /// @notice Pays the caller what was given back of its shares in an operator's pool.
    /// @param demandId The demand.
    /// @param operator The operator of the pool.
    /// @return assets OPEN wei, rounded down.
    function claim(bytes32 demandId, address operator) external returns (uint256 assets);

    /// @notice Pays the caller what was given back of a ticket that it had then. A ticket that was paid out in the second of the slash
    /// counts as paid out before.
    /// @param demandId The demand.
    /// @param ticketId The ticket.
    /// @return assets OPEN wei, rounded down.
    function claimTicket(bytes32 demandId, uint256 ticketId) external returns (uint256 assets);

    /// @notice What is held for a demand that nobody answered.
    /// @param demandId The demand.
    /// @return held The case; without content if there is none.
    function caseOf(bytes32 demandId) external view returns (Case memory held);

    /// @notice What is held of one operator's pool.
    /// @param demandId The demand.
    /// @param operator The operator.
    /// @return part The part.
    function partOf(bytes32 demandId, address operator) external view returns (Part memory part);
}
