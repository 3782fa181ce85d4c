// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Leaves
/// @notice The leaves of the sum trees of docs/protocol.md §2: what they hold, how they hash, what they add.
library Leaves {
    /// @notice A contribution in its Datanet's part of the index of a model version.
    struct IndexLeaf {
        /// Position in the part's tree.
        uint32 i;
        uint256 contributionId;
        uint32 examples;
        /// Unit of the features, at least 1.
        uint32 scale;
        /// Inner product of the features with the Datanet's quality functional, times scale.
        int128 quality;
        /// keccak256 of the features, k bytes of int8.
        bytes32 featuresHash;
    }

    /// @notice What a contribution earned of a model in an epoch; aligned with the index leaf at the same position, counted through all
    /// parts of the index.
    struct ScoreLeaf {
        /// Position in the tree.
        uint32 i;
        uint256 contributionId;
        /// Inner product of the features with the epoch's functional, times scale.
        int128 score;
        uint128 weight;
    }

    /// @notice The settlement of one model in one epoch.
    struct ModelSettlement {
        uint256 modelId;
        uint64 epoch;
        uint256 versionId;
        /// The index's partsHash.
        bytes32 indexHash;
        /// keccak256 of the functional F, 2k bytes of int16.
        bytes32 queryHash;
        bytes32 scoresRoot;
        uint256 totalWeight;
        /// OPEN wei.
        uint256 pool;
        bytes32 receiptsRoot;
        uint32 receiptCount;
        bool fallbackSplit;
    }

    /// @notice What an account has earned with one contribution to one model; amounts in OPEN wei.
    struct Entry {
        uint256 modelId;
        uint256 contributionId;
        /// Over all epochs up to the root's last.
        uint128 cumulative;
        /// In the epochs of the root alone.
        uint128 earned;
    }

    /// @notice The trees whose leaves can be read from their preimage.
    enum Tree {
        Index,
        Scores,
        Models,
        Entries
    }

    uint256 internal constant INDEX_LEAF_BYTES = 92;
    /// @notice What a contribution that is found harmful adds: the tree's total counts them.
    uint256 internal constant HARMFUL_SUM = 1;
    uint256 internal constant SCORE_LEAF_BYTES = 68;
    uint256 internal constant SETTLEMENT_BYTES = 352;
    uint256 internal constant ENTRY_BYTES = 96;

    /// @notice Hash of an example in the content tree of a contribution.
    function contentHash(address contributor, bytes32 salt, bytes32 sha256Hash) internal pure returns (bytes32) {
        return hashOf(abi.encodePacked(keccak256(abi.encode(contributor, salt, sha256Hash))));
    }

    function indexHash(IndexLeaf calldata leaf) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encodePacked(
                    uint8(0),
                    leaf.i,
                    leaf.contributionId,
                    leaf.examples,
                    leaf.scale,
                    leaf.quality,
                    leaf.featuresHash
                )
            );
    }

    function scoreHash(ScoreLeaf calldata leaf) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), leaf.i, leaf.contributionId, leaf.score, leaf.weight));
    }

    function settlementHash(ModelSettlement calldata settlement) internal pure returns (bytes32) {
        return hashOf(abi.encode(settlement));
    }

    function entryHash(Entry calldata entry) internal pure returns (bytes32) {
        return
            keccak256(abi.encodePacked(uint8(0), entry.modelId, entry.contributionId, entry.cumulative, entry.earned));
    }

    /// @notice A contribution that is found harmful.
    function harmfulHash(uint256 contributionId) internal pure returns (bytes32) {
        return hashOf(abi.encode(contributionId));
    }

    /// @param structHash EIP-712 struct hash of the receipt.
    function receiptHash(bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), structHash));
    }

    /// @notice Hash of the leaf with this preimage.
    function hashOf(bytes memory preimage) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), preimage));
    }

    /// @notice What an index leaf adds: quality in the upper lane, the examples behind it in the lower 64 bits, or nothing.
    function indexSum(int128 quality, uint32 examples) internal pure returns (uint256) {
        return quality > 0 ? (uint256(uint128(quality)) << 64) | examples : 0;
    }

    /// @notice Whether `preimage` has the length of a leaf of `tree`. Only then may the functions below read it.
    function isWellFormed(Tree tree, bytes calldata preimage) internal pure returns (bool) {
        if (tree == Tree.Index) return preimage.length == INDEX_LEAF_BYTES;
        if (tree == Tree.Scores) return preimage.length == SCORE_LEAF_BYTES;
        if (tree == Tree.Models) return preimage.length == SETTLEMENT_BYTES;
        return preimage.length == ENTRY_BYTES;
    }

    /// @notice The sum that a leaf must have.
    function sumOf(Tree tree, bytes calldata preimage) internal pure returns (uint256) {
        if (tree == Tree.Index) {
            return indexSum(int128(uint128(bytes16(preimage[44:60]))), uint32(bytes4(preimage[36:40])));
        }
        if (tree == Tree.Scores) return uint128(bytes16(preimage[52:68]));
        if (tree == Tree.Models) return uint256(bytes32(preimage[224:256]));
        return uint128(bytes16(preimage[64:80]));
    }

    /// @notice What a tree is ordered by, strictly: (contributionId, 0), (modelId, epoch) or (modelId, contributionId). A scores tree
    /// has the order of its index.
    function keyOf(Tree tree, bytes calldata preimage) internal pure returns (uint256 major, uint256 minor) {
        if (tree == Tree.Index || tree == Tree.Scores) return (uint256(bytes32(preimage[4:36])), 0);
        return (uint256(bytes32(preimage[0:32])), uint256(bytes32(preimage[32:64])));
    }

    /// @notice Whether a leaf states the position that it has. True for the trees whose leaves state none.
    function isAt(Tree tree, bytes calldata preimage, uint256 index) internal pure returns (bool) {
        return uint8(tree) > uint8(Tree.Scores) || uint32(bytes4(preimage[0:4])) == index;
    }
}
