// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {ERC721URIStorageUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/extensions/ERC721URIStorageUpgradeable.sol";
import {UpgradeableAfterExit} from "../access/UpgradeableAfterExit.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {Licence} from "./Licence.sol";

/// @title DatanetRegistry
/// @notice See {IDatanetRegistry}.
contract DatanetRegistry is IDatanetRegistry, ERC721URIStorageUpgradeable, UpgradeableAfterExit {
    /// @custom:storage-location erc7201:openledger.storage.DatanetRegistry
    struct Datanets {
        uint256 count;
        mapping(uint256 datanetId => Terms) terms;
        mapping(uint256 datanetId => mapping(address account => bool)) validators;
        mapping(uint256 datanetId => mapping(address account => bool)) contributors;
    }

    uint256 public constant MAX_NAME_BYTES = 64;
    uint256 public constant MAX_TAGS = 8;
    uint256 public constant MAX_TAG_BYTES = 32;
    /// @notice As many ballots as fit into one round of review.
    uint256 public constant MAX_VOTES_NEEDED = 31;

    /// @dev keccak256(abi.encode(uint256(keccak256("openledger.storage.DatanetRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant DATANETS_SLOT = 0x89e21eb98a99ad74696ff9cc7f797d53cf7230fa3926bb449dd08a57f81bef00;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @param owner May upgrade; nothing else.
    function initialize(address owner) external initializer {
        __ERC721_init("OpenLedger Datanet", "DATANET");
        __Ownable_init(owner);
    }

    /// @inheritdoc IDatanetRegistry
    function create(
        string calldata name,
        string calldata uri,
        string[] calldata tags,
        Terms calldata terms
    ) external returns (uint256 datanetId) {
        if (bytes(name).length == 0 || bytes(name).length > MAX_NAME_BYTES) revert DatanetInvalidName(name);
        if (tags.length > MAX_TAGS) revert DatanetInvalidTags();
        for (uint256 i = 0; i < tags.length; ++i) {
            if (bytes(tags[i]).length == 0 || bytes(tags[i]).length > MAX_TAG_BYTES) revert DatanetInvalidTags();
        }
        _checkTerms(terms);
        if (terms.licenceExpiry != 0 && terms.licenceExpiry <= block.timestamp)
            revert DatanetTermOutOfBounds(1, terms.licenceExpiry, block.timestamp + 1, type(uint64).max);

        datanetId = ++_datanets().count;
        _datanets().terms[datanetId] = terms;
        emit DatanetCreated(datanetId, msg.sender, name, uri, tags, terms);
        _mint(msg.sender, datanetId);
        _setTokenURI(datanetId, uri);
    }

    /// @inheritdoc IDatanetRegistry
    function setTerms(uint256 datanetId, Terms calldata terms) external {
        _checkGoverns(datanetId);
        _checkTerms(terms);
        Terms storage present = _datanets().terms[datanetId];
        bool widened =
            terms.licence & ~present.licence != 0 ||
                (present.licenceExpiry != 0 &&
                    (terms.licenceExpiry == 0 || terms.licenceExpiry > present.licenceExpiry));
        if (widened) revert DatanetLicenceWidened(datanetId);

        _datanets().terms[datanetId] = terms;
        emit TermsSet(datanetId, terms);
    }

    /// @inheritdoc IDatanetRegistry
    function setUri(uint256 datanetId, string calldata uri) external {
        _checkGoverns(datanetId);
        _setTokenURI(datanetId, uri);
        emit UriSet(datanetId, uri);
    }

    /// @inheritdoc IDatanetRegistry
    function setValidator(uint256 datanetId, address account, bool allowed) external {
        _checkGoverns(datanetId);
        _datanets().validators[datanetId][account] = allowed;
        emit ValidatorSet(datanetId, account, allowed);
    }

    /// @inheritdoc IDatanetRegistry
    function setContributor(uint256 datanetId, address account, bool allowed) external {
        _checkGoverns(datanetId);
        _datanets().contributors[datanetId][account] = allowed;
        emit ContributorSet(datanetId, account, allowed);
    }

    /// @inheritdoc IDatanetRegistry
    function count() external view returns (uint256) {
        return _datanets().count;
    }

    /// @inheritdoc IDatanetRegistry
    function termsOf(uint256 datanetId) external view returns (Terms memory) {
        _requireOwned(datanetId);
        return _datanets().terms[datanetId];
    }

    /// @inheritdoc IDatanetRegistry
    function isValidator(uint256 datanetId, address account) external view returns (bool) {
        return _datanets().validators[datanetId][account];
    }

    /// @inheritdoc IDatanetRegistry
    function isAdmitted(uint256 datanetId, address account) external view returns (bool) {
        _requireOwned(datanetId);
        return _datanets().terms[datanetId].admission == Admission.Open || _datanets().contributors[datanetId][account];
    }

    /// @inheritdoc IDatanetRegistry
    function isCurator(uint256 datanetId, address account) external view returns (bool) {
        return _requireOwned(datanetId) == account || _datanets().validators[datanetId][account];
    }

    /// @inheritdoc IERC165
    function supportsInterface(
        bytes4 interfaceId
    ) public view override(ERC721URIStorageUpgradeable, IERC165) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    function _checkGoverns(uint256 datanetId) private view {
        _checkAuthorized(_requireOwned(datanetId), msg.sender, datanetId);
    }

    function _checkTerms(Terms calldata terms) private pure {
        if (terms.licence == 0 || terms.licence > Licence.ALL)
            revert DatanetTermOutOfBounds(0, terms.licence, 1, Licence.ALL);
        if (terms.votesNeeded == 0 || terms.votesNeeded > MAX_VOTES_NEEDED)
            revert DatanetTermOutOfBounds(3, terms.votesNeeded, 1, MAX_VOTES_NEEDED);
        // Submissions keep it in 32 bits.
        if (terms.judgeModelId > type(uint32).max) {
            revert DatanetTermOutOfBounds(6, terms.judgeModelId, 0, type(uint32).max);
        }
    }

    function _datanets() private pure returns (Datanets storage datanets) {
        assembly ("memory-safe") {
            datanets.slot := DATANETS_SLOT
        }
    }
}
