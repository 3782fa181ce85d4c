// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "./IModelRegistry.sol";

/// @title ITrainingFees
/// @notice What a publisher pays to have a version trained again. The fee is escrowed when the version is published and goes to
/// the operators that committed to what they found before anybody showed it, by their weight in the quorum of that moment,
/// whatever they found: a version whose files are wrong costs its publisher the same.
/// @dev Operators train in the order of publication: each version's commitments close when the work before it and its own are
/// done at the governed speed, and a window later. A publisher that declares less work than its recipe needs is not trained:
/// operators compare the declaration with the recipe and the data before they start. That an operator trained before it
/// committed is not provable: an invented digest earns too, and everybody sees that it stands alone.
interface ITrainingFees {
    /// @notice What trainings cost and how long they may take.
    struct Prices {
        /// OPEN wei per version.
        uint96 base;
        /// OPEN wei per unit of work: one row, one parameter, one epoch, one member.
        uint64 perUnit;
        /// Most units that a version may declare: what operators undertake to run.
        uint128 maxWork;
        /// Units that every operator undertakes to do in a second.
        uint128 workPerSecond;
        /// Seconds for commitments after the work is due.
        uint40 commitWindow;
        /// Seconds for reveals after that.
        uint40 revealWindow;
    }

    /// @notice A version's training fee was escrowed.
    /// @param versionId The model version.
    /// @param payer Who paid it, and gets it back if nobody trains.
    /// @param fee OPEN wei.
    /// @param snapshotId The quorum by whose weights it is paid.
    /// @param commitEnds First second in which it is too late to commit, and reveals begin.
    /// @param revealEnds First second in which it is too late to reveal, and claims begin.
    event TrainingEscrowed(
        uint256 indexed versionId,
        address indexed payer,
        uint256 fee,
        uint64 snapshotId,
        uint256 commitEnds,
        uint256 revealEnds
    );
    /// @notice An operator committed to what it found.
    /// @param versionId The model version.
    /// @param operator The operator.
    /// @param commitment keccak256(abi.encode(digest, salt, operator)).
    event TrainingCommitted(uint256 indexed versionId, address indexed operator, bytes32 commitment);
    /// @notice An operator showed what it had found.
    /// @param versionId The model version.
    /// @param operator The operator.
    /// @param digest Hash of the weights that its training gave.
    /// @param weight Its weight in the snapshot.
    event TrainingRevealed(uint256 indexed versionId, address indexed operator, bytes32 digest, uint256 weight);
    /// @notice An operator was paid.
    /// @param versionId The model version.
    /// @param operator The operator.
    /// @param amount OPEN wei.
    event TrainingClaimed(uint256 indexed versionId, address indexed operator, uint256 amount);
    /// @notice Nobody trained the version; the fee returned.
    /// @param versionId The model version.
    /// @param payer Who had paid it.
    /// @param amount OPEN wei.
    event TrainingRefunded(uint256 indexed versionId, address indexed payer, uint256 amount);
    /// @notice The prices of later versions changed.
    /// @param prices The prices.
    event PricesSet(Prices prices);

    /// @notice Only the model registry escrows.
    /// @param caller Who called.
    error TrainingUnauthorized(address caller);
    /// @notice The fee is above the most that the caller agreed to.
    /// @param fee OPEN wei.
    /// @param maxFee OPEN wei.
    error TrainingFeeAboveMax(uint256 fee, uint256 maxFee);
    /// @notice A version declares rows, parameters, epochs and members, and a product within what operators run.
    /// @param work The product.
    /// @param maxWork Most units.
    error TrainingSizeOutOfBounds(uint256 work, uint256 maxWork);
    /// @notice The work that was published before fills the queue; publish later.
    /// @param busyUntil When the version's turn would come.
    error TrainingQueueFull(uint256 busyUntil);
    /// @notice There are no operators yet whom the fee could pay.
    error TrainingNoQuorum();
    /// @notice Commitments closed at `commitEnds`; 0: no fee was escrowed for the version.
    /// @param versionId The model version.
    /// @param commitEnds First second in which it was too late.
    error TrainingCommitsClosed(uint256 versionId, uint256 commitEnds);
    /// @notice A commitment is not zero.
    error TrainingEmptyCommitment();
    /// @notice One commitment for each operator and version.
    /// @param versionId The model version.
    /// @param operator The operator.
    error TrainingAlreadyCommitted(uint256 versionId, address operator);
    /// @notice Reveals are open from `commitEnds` until `revealEnds`.
    /// @param versionId The model version.
    /// @param commitEnds First second of the reveals.
    /// @param revealEnds First second after them.
    error TrainingRevealsClosed(uint256 versionId, uint256 commitEnds, uint256 revealEnds);
    /// @notice The operator has revealed before.
    /// @param versionId The model version.
    /// @param operator The operator.
    error TrainingAlreadyRevealed(uint256 versionId, address operator);
    /// @notice Digest and salt are not those of the operator's commitment, or it made none.
    /// @param versionId The model version.
    /// @param operator The operator.
    error TrainingWrongReveal(uint256 versionId, address operator);
    /// @notice The member of the quorum at this place is another operator.
    /// @param snapshotId The quorum snapshot.
    /// @param member The place.
    /// @param caller Who called.
    error TrainingNotMember(uint64 snapshotId, uint256 member, address caller);
    /// @notice Payments begin when reveals are over.
    /// @param versionId The model version.
    /// @param revealEnds First second of the payments.
    error TrainingNotEnded(uint256 versionId, uint256 revealEnds);
    /// @notice The operator did not reveal, or was paid.
    /// @param versionId The model version.
    /// @param operator The operator.
    error TrainingNothingToClaim(uint256 versionId, address operator);
    /// @notice An operator revealed, or nothing is escrowed.
    /// @param versionId The model version.
    error TrainingNothingToRefund(uint256 versionId);
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param field Its place in {Prices}.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error TrainingPriceOutOfBounds(uint256 field, uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Escrows the fee of a version that is being published, from `payer`, who must have approved it. Model registry only.
    /// @param versionId The model version.
    /// @param payer Who publishes it.
    /// @param size The declared size of its training.
    /// @param maxFee The most that the payer agreed to, in OPEN wei.
    /// @return fee OPEN wei.
    function escrow(
        uint256 versionId,
        address payer,
        IModelRegistry.Size calldata size,
        uint256 maxFee
    ) external returns (uint256 fee);

    /// @notice Commits the caller to what its training gave.
    /// @param versionId The model version.
    /// @param commitment keccak256(abi.encode(digest, salt, caller)).
    function commit(uint256 versionId, bytes32 commitment) external;

    /// @notice Shows what the caller committed to. Operators of the version's quorum only.
    /// @param versionId The model version.
    /// @param member The caller's place in {IStakeManager-quorumOf}.
    /// @param digest Hash of the weights that the training gave.
    /// @param salt What the commitment was salted with.
    function reveal(uint256 versionId, uint256 member, bytes32 digest, bytes32 salt) external;

    /// @notice Pays an operator its part of the fee, by weight among those that revealed. Anyone may call.
    /// @param versionId The model version.
    /// @param operator The operator.
    /// @return amount OPEN wei.
    function claim(uint256 versionId, address operator) external returns (uint256 amount);

    /// @notice Pays the fee of a version that nobody trained back to its payer. Anyone may call.
    /// @param versionId The model version.
    /// @return amount OPEN wei.
    function refund(uint256 versionId) external returns (uint256 amount);

    /// @notice Sets the prices of later versions. Owner only, after the exit delay.
    /// @param prices The prices.
    function setPrices(Prices calldata prices) external;

    /// @notice The fee of a training of this size. Reverts for one that is empty or too large.
    /// @param size Rows, parameters, epochs and members.
    /// @return fee OPEN wei.
    function feeOf(IModelRegistry.Size calldata size) external view returns (uint256 fee);

    /// @notice Whether an operator was paid for training the version, or training was free when it was published. Only then can
    /// its index become active and bonds be charged by it.
    /// @param versionId The model version.
    /// @return paid Whether it is.
    function isPaid(uint256 versionId) external view returns (bool paid);

    /// @notice A version's escrow; all zero for a version whose training was free.
    /// @param versionId The model version.
    /// @return payer Who paid.
    /// @return fee OPEN wei that are neither claimed nor refunded.
    /// @return snapshotId The quorum by whose weights it is paid.
    /// @return commitEnds First second in which it is too late to commit.
    /// @return revealEnds First second in which it is too late to reveal.
    /// @return weight Of the operators that revealed and have not claimed.
    function trainingOf(
        uint256 versionId
    )
        external
        view
        returns (address payer, uint256 fee, uint64 snapshotId, uint256 commitEnds, uint256 revealEnds, uint256 weight);

    /// @notice What an operator did for a version.
    /// @param versionId The model version.
    /// @param operator The operator.
    /// @return commitment Zero: it did not commit.
    /// @return weight Zero: it has not revealed, or has claimed.
    function workOf(uint256 versionId, address operator) external view returns (bytes32 commitment, uint256 weight);

    /// @notice The prices of versions that are published now.
    /// @return The prices.
    function prices() external view returns (Prices memory);

    /// @notice When the work that was published so far is due.
    /// @return Unix seconds.
    function busyUntil() external view returns (uint256);
}
