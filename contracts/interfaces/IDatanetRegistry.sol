// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title IDatanetRegistry
/// @notice Datanets: collections of data under common terms. The owner of the ERC-721 governs its Datanet.
interface IDatanetRegistry is IERC721 {
    /// @notice Who may contribute data to train on: everybody, or accounts that the owner has listed.
    enum Admission {
        Open,
        Allowlist
    }

    /// @notice The terms that apply to new submissions and to new model versions.
    struct Terms {
        /// What models may do: bits LICENCE_TRAIN | LICENCE_INFER | LICENCE_DERIVE | LICENCE_COMMERCIAL.
        uint8 licence;
        /// Last second in which a version may be published on this data; 0: no end.
        uint64 licenceExpiry;
        Admission admission;
        /// Votes without which a review starts over.
        uint8 votesNeeded;
        /// OPEN wei deposited for each contribution, lost in part to harm.
        uint96 bond;
        /// OPEN wei paid for the review of each contribution.
        uint96 reviewFee;
        /// The model by whose versions harm is charged to bonds: see {IHarmCharges}. 0: nothing is ever charged.
        uint64 judgeModelId;
    }

    /// @notice A Datanet was created and minted to its owner.
    /// @param datanetId The Datanet.
    /// @param owner Who created it.
    /// @param name 1 … 64 bytes; not unique.
    /// @param uri CID of the metadata.
    /// @param tags At most 8, of at most 32 bytes each.
    /// @param terms The terms.
    event DatanetCreated(
        uint256 indexed datanetId,
        address indexed owner,
        string name,
        string uri,
        string[] tags,
        Terms terms
    );
    /// @notice The terms of later submissions and versions changed.
    /// @param datanetId The Datanet.
    /// @param terms The terms.
    event TermsSet(uint256 indexed datanetId, Terms terms);
    /// @notice The metadata moved.
    /// @param datanetId The Datanet.
    /// @param uri CID of the metadata.
    event UriSet(uint256 indexed datanetId, string uri);
    /// @notice An account was listed as validator, or unlisted.
    /// @param datanetId The Datanet.
    /// @param account The account.
    /// @param allowed True to list, false to unlist.
    event ValidatorSet(uint256 indexed datanetId, address indexed account, bool allowed);
    /// @notice An account was listed as contributor, or unlisted.
    /// @param datanetId The Datanet.
    /// @param account The account.
    /// @param allowed True to list, false to unlist.
    event ContributorSet(uint256 indexed datanetId, address indexed account, bool allowed);

    /// @notice `value` of the field at `field` in {Terms} lies outside `minimum … maximum`.
    /// @param field Position of the field in the struct, from 0.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error DatanetTermOutOfBounds(uint256 field, uint256 value, uint256 minimum, uint256 maximum);
    /// @notice A name has 1 … 64 bytes.
    /// @param name 1 … 64 bytes; not unique.
    error DatanetInvalidName(string name);
    /// @notice At most 8 tags of at most 32 bytes.
    error DatanetInvalidTags();
    /// @notice People contributed under the present licence: bits can be taken away, not added, and the end can only be
    /// brought forward.
    /// @param datanetId The Datanet.
    error DatanetLicenceWidened(uint256 datanetId);

    /// @notice Creates a Datanet owned by the caller.
    /// @param name 1 … 64 bytes; not unique.
    /// @param uri Metadata (a CID).
    /// @param tags At most 8, of at most 32 bytes each.
    /// @param terms The terms of its first submissions.
    /// @return datanetId The new Datanet.
    function create(
        string calldata name,
        string calldata uri,
        string[] calldata tags,
        Terms calldata terms
    ) external returns (uint256 datanetId);

    /// @notice Replaces the terms; those of earlier submissions stay as they were. Datanet owner or its operators.
    /// @param datanetId The Datanet.
    /// @param terms The new terms.
    function setTerms(uint256 datanetId, Terms calldata terms) external;

    /// @notice Replaces the metadata URI. Datanet owner or its operators.
    /// @param datanetId The Datanet.
    /// @param uri CID of the metadata.
    function setUri(uint256 datanetId, string calldata uri) external;

    /// @notice Lists an account as validator, or unlists it. Datanet owner or its operators.
    /// @param datanetId The Datanet.
    /// @param account The account.
    /// @param allowed True to list, false to unlist.
    function setValidator(uint256 datanetId, address account, bool allowed) external;

    /// @notice Lists an account as contributor, or unlists it. Datanet owner or its operators.
    /// @param datanetId The Datanet.
    /// @param account The account.
    /// @param allowed True to list, false to unlist.
    function setContributor(uint256 datanetId, address account, bool allowed) external;

    /// @notice The terms in force. Reverts for an unknown Datanet.
    /// @param datanetId The Datanet.
    /// @return terms The terms.
    function termsOf(uint256 datanetId) external view returns (Terms memory terms);

    /// @notice Whether the Datanet lists `account` as validator.
    /// @param datanetId The Datanet.
    /// @param account The account.
    /// @return listed Whether it is.
    function isValidator(uint256 datanetId, address account) external view returns (bool listed);

    /// @notice Whether `account` may submit data to train on.
    /// @param datanetId The Datanet.
    /// @param account The account.
    /// @return admitted Whether it may.
    function isAdmitted(uint256 datanetId, address account) external view returns (bool admitted);

    /// @notice Whether `account` may submit quality data: it owns the Datanet or is listed as its validator.
    /// @param datanetId The Datanet.
    /// @param account The account.
    /// @return curator Whether it may.
    function isCurator(uint256 datanetId, address account) external view returns (bool curator);

    /// @notice Number of Datanets; ids run from 1.
    /// @return datanets The number of Datanets.
    function count() external view returns (uint256 datanets);
}
