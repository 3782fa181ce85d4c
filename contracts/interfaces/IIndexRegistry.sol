// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IIndexRegistry
/// @notice The attribution index of every model version: which contributions it was trained on, with which features, and
/// how much each helps where the Datanets want it to. A quorum of oracle operators attests an index once per version;
/// unless it is cancelled within the challenge window it is final, and activation makes its version the one that earns.
interface IIndexRegistry {
    /// @notice What the operators sign together with the id of the quorum snapshot, as EIP-712 type `IndexAttestation` of this
    /// contract.
    struct IndexAttestation {
        uint256 versionId;
        /// keccak256(abi.encode(IndexPart[])).
        bytes32 partsHash;
        /// Leaves of all parts' trees, at least 1.
        uint32 size;
        /// Components of a feature vector: a multiple of 32, at most 1024.
        uint16 k;
        /// Measured fidelity of the scores to the truth, 0 … 10,000 basis points.
        uint16 certificateBps;
        /// keccak256 of the manifest that names every file of the index.
        bytes32 bundleHash;
    }

    /// @notice The contributions of one Datanet in an index, and what they are judged by: that Datanet's quality set alone.
    struct IndexPart {
        uint256 datanetId;
        /// Root of the part's index tree.
        bytes32 root;
        /// Leaves of that tree; 0 where the Datanet has nothing to train on.
        uint32 size;
        /// keccak256 of the Datanet's quality functional G, `2k` bytes.
        bytes32 qualityHash;
        /// Root of the tree of its contributions that are found harmful, ascending by id; that of an empty tree if none is.
        bytes32 harmfulRoot;
    }

    /// @notice An attested index.
    struct Index {
        bytes32 partsHash;
        bytes32 bundleHash;
        uint32 size;
        uint16 k;
        uint8 partCount;
        uint16 certificateBps;
        /// The certificate was below the floor at attestation: pools of this version are split by examples.
        bool splitsByExamples;
        bool activated;
        /// First second in which it can be final.
        uint64 challengeEnds;
        /// Quorum snapshot under which it was signed.
        uint64 snapshotId;
        /// Bit i: member i of the snapshot signed.
        uint256 signers;
    }

    /// @notice A quorum attested an index; its challenge window began.
    /// @param versionId The model version.
    /// @param partsHash keccak256(abi.encode(parts)).
    /// @param attestation What the operators signed.
    /// @param parts One for each Datanet of the version, ascending.
    /// @param snapshotId Quorum snapshot under which it was signed.
    /// @param signers Bit i: member i of the snapshot signed.
    /// @param challengeEnds First second in which the index can be final.
    event IndexAttested(
        uint256 indexed versionId,
        bytes32 indexed partsHash,
        IndexAttestation attestation,
        IndexPart[] parts,
        uint64 snapshotId,
        uint256 signers,
        uint64 challengeEnds
    );
    /// @notice An index was forgotten before it was final.
    /// @param versionId The model version.
    /// @param partsHash keccak256(abi.encode(parts)).
    /// @param barred It was proven wrong, and the same content can never be attested again.
    event IndexCancelled(uint256 indexed versionId, bytes32 indexed partsHash, bool barred);
    /// @notice A version is the one of its model that earns.
    /// @param modelId The model.
    /// @param versionId The model version.
    /// @param fromEpoch First epoch in which it earns.
    event VersionActivated(uint256 indexed modelId, uint256 indexed versionId, uint64 indexed fromEpoch);
    /// @notice The challenge window of later attestations changed.
    /// @param duration Seconds.
    event ChallengeWindowSet(uint64 duration);
    /// @notice The floor of later attestations changed.
    /// @param bps Least fidelity, in basis points, with which pools are split by scores.
    event CertificateFloorSet(uint16 bps);
    /// @notice The contract that may cancel is set, for ever.
    /// @param disputes The contract.
    event DisputesSet(address indexed disputes);

    /// @notice No index is attested for the version.
    /// @param versionId The model version.
    error IndexUnknown(uint256 versionId);
    /// @notice An index can be attested again only after it was cancelled.
    /// @param versionId The model version.
    error IndexAlreadyAttested(uint256 versionId);
    /// @notice `value` of the field at `field` in {IndexAttestation} lies outside `minimum … maximum`, or `k` is not a
    /// multiple of 32.
    /// @param field Position of the field in the struct, from 0.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error IndexInvalidAttestation(uint256 field, uint256 value, uint256 minimum, uint256 maximum);
    /// @notice Nobody was paid for training the version: {IModelRegistry-isPaid}.
    /// @param versionId The model version.
    error IndexNotPaid(uint256 versionId);
    /// @notice The same content was proven wrong before.
    /// @param versionId The model version.
    /// @param contentHash keccak256(abi.encode(IndexAttestation)).
    error IndexBarred(uint256 versionId, bytes32 contentHash);
    /// @notice The parts are not those that were signed.
    /// @param partsHash Of the parts given.
    /// @param signed What was signed.
    error IndexPartsMismatch(bytes32 partsHash, bytes32 signed);
    /// @notice There is one part for each snapshot of the version.
    /// @param given Parts given.
    /// @param expected Snapshots of the version.
    error IndexWrongPartCount(uint256 given, uint256 expected);
    /// @notice Parts stand in the order of the version's snapshots, each for the Datanet of its own.
    /// @param part Place of the part.
    /// @param given Its Datanet.
    /// @param expected The Datanet of the version's snapshot at this place.
    error IndexWrongDatanet(uint256 part, uint256 given, uint256 expected);
    /// @notice The sizes of the parts do not add up to the size that was signed.
    /// @param given Sum of the parts' sizes.
    /// @param signed What was signed.
    error IndexWrongSize(uint256 given, uint256 signed);
    /// @notice The contract that may cancel is set once.
    error IndexDisputesAlreadySet();
    /// @notice It becomes final at `challengeEnds` at the earliest, later while a demand is open.
    /// @param versionId The model version.
    /// @param challengeEnds First second in which the index can be final.
    error IndexNotFinal(uint256 versionId, uint64 challengeEnds);
    /// @notice A final index cannot be cancelled.
    /// @param versionId The model version.
    error IndexAlreadyFinal(uint256 versionId);
    /// @notice Once per version.
    /// @param versionId The model version.
    error IndexAlreadyActivated(uint256 versionId);
    /// @notice A later version of the model has been activated.
    /// @param versionId The model version.
    /// @param byVersionId The later version.
    error IndexSuperseded(uint256 versionId, uint256 byVersionId);
    /// @notice The caller is not whom the function names.
    /// @param caller Who called.
    error IndexUnauthorized(address caller);
    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error IndexOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);
    /// @notice The zero address.
    error IndexInvalidAddress();

    /// @notice Records the index of a published version and starts its challenge window. Anyone may call with a quorum's
    /// signatures over the EIP-712 digest of `attestation` under the latest snapshot.
    /// @param attestation What the operators signed.
    /// @param parts The parts of the index: one for each snapshot of the version, in their order.
    /// @param proof Signatures of a quorum, in the layout of {QuorumVerifier}.
    function attest(IndexAttestation calldata attestation, IndexPart[] calldata parts, bytes calldata proof) external;

    /// @notice Forgets an index that is not final, so that another can be attested. Disputes only.
    /// @param versionId The model version.
    /// @param barred It was proven wrong: the same content can never be attested again.
    function cancel(uint256 versionId, bool barred) external;

    /// @notice Makes a version with a final index the model's active one: in the current epoch if the model has none yet,
    /// otherwise from the next epoch on. Anyone may call, once per version, in ascending order of versions.
    /// @param versionId The model version.
    function activate(uint256 versionId) external;

    /// @notice Sets the challenge window of later attestations. Owner only, announced before.
    /// @param duration Seconds, within `MIN_CHALLENGE_WINDOW … MAX_CHALLENGE_WINDOW`.
    function setChallengeWindow(uint64 duration) external;

    /// @notice Sets the certificate below which pools of a version are split by examples. Later attestations only.
    /// Owner only, announced before.
    /// @param bps Least fidelity, in basis points.
    function setCertificateFloor(uint16 bps) external;

    /// @notice Names the contract that may cancel. Owner only, once.
    /// @param disputes The contract.
    function setDisputes(address disputes) external;

    /// @notice The index of a version. Reverts when none is attested.
    /// @param versionId The model version.
    /// @return index The index.
    function indexOf(uint256 versionId) external view returns (Index memory index);

    /// @notice Whether the index is attested, its challenge window has passed and no dispute holds it up.
    /// @param versionId The model version.
    /// @return final_ Whether it is.
    function isFinal(uint256 versionId) external view returns (bool final_);

    /// @notice The version that earns for a model in `epoch`; 0 if none.
    /// @dev Final for the current epoch once it is not 0, and for every earlier one.
    /// @param modelId The model.
    /// @param epoch Number of the epoch.
    /// @return versionId The version.
    function activeVersionOf(uint256 modelId, uint64 epoch) external view returns (uint256 versionId);

    /// @notice The first versions of a model that were activated at or after a time, in their order.
    /// @param modelId The model.
    /// @param time Unix seconds.
    /// @param most How many to return at most.
    /// @return versionIds The versions.
    function activatedSince(
        uint256 modelId,
        uint64 time,
        uint256 most
    ) external view returns (uint256[] memory versionIds);

    /// @notice Whether content was proven wrong and can never be attested again.
    /// @param contentHash keccak256(abi.encode(IndexAttestation)).
    /// @return barred Whether it is.
    function isBarred(bytes32 contentHash) external view returns (bool barred);

    /// @notice The EIP-712 digest that operators sign.
    /// @param attestation What the operators signed.
    /// @param snapshotId The snapshot under which they sign.
    /// @return digest The digest.
    function attestationDigest(
        IndexAttestation calldata attestation,
        uint64 snapshotId
    ) external view returns (bytes32 digest);

    /// @notice Seconds in which a new index can be disputed.
    /// @return duration Seconds.
    function challengeWindow() external view returns (uint64 duration);

    /// @notice Least certificate, in basis points, with which pools are split by scores.
    /// @return bps Basis points.
    function certificateFloorBps() external view returns (uint16 bps);

    /// @notice The contract that may cancel.
    /// @return Its address.
    function disputes() external view returns (address);
}
