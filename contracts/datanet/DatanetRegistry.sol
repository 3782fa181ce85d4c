// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {ERC721URIStorageUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/extensions/ERC721URIStorageUpgradeable.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {Licence} from "./Licence.sol";

/// @title DatanetRegistry
/// @notice See {IDatanetRegistry}.
contract DatanetRegistry is IDatanetRegistry, ERC721URIStorageUpgradeable, OwnableUpgradeable, UUPSUpgradeable {
    uint256 public constant MAX_NAME_BYTES = 64;
    uint256 public constant MAX_TAGS = 8;
    uint256 public constant MAX_TAG_BYTES = 32;
    /// @notice As many ballots as fit into one round of review.
    uint256 public constant MAX_VOTES_NEEDED = 31;

    /// @inheritdoc IDatanetRegistry
    uint256 public count;
    mapping(uint256 datanetId => Terms) private _terms;
    mapping(uint256 datanetId => mapping(address account => bool)) private _validators;
    mapping(uint256 datanetId => mapping(address account => bool)) private _contributors;

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
        require(bytes(name).length != 0 && bytes(name).length <= MAX_NAME_BYTES, DatanetInvalidName(name));
        require(tags.length <= MAX_TAGS, DatanetInvalidTags());
        for (uint256 i = 0; i < tags.length; ++i) {
            require(bytes(tags[i]).length != 0 && bytes(tags[i]).length <= MAX_TAG_BYTES, DatanetInvalidTags());
        }
        _checkTerms(terms);
        require(
            terms.licenceExpiry == 0 || terms.licenceExpiry > block.timestamp,
            DatanetTermOutOfBounds(1, terms.licenceExpiry, block.timestamp + 1, type(uint64).max)
        );

        datanetId = ++count;
        _terms[datanetId] = terms;
        emit DatanetCreated(datanetId, msg.sender, name, uri, tags, terms);
        _mint(msg.sender, datanetId);
        _setTokenURI(datanetId, uri);
    }

    /// @inheritdoc IDatanetRegistry
    function setTerms(uint256 datanetId, Terms calldata terms) external {
        _checkGoverns(datanetId);
        _checkTerms(terms);
        Terms storage present = _terms[datanetId];
        bool widened =
            terms.licence & ~present.licence != 0 ||
                (present.licenceExpiry != 0 &&
                    (terms.licenceExpiry == 0 || terms.licenceExpiry > present.licenceExpiry));
        require(!widened, DatanetLicenceWidened(datanetId));

        _terms[datanetId] = terms;
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
        _validators[datanetId][account] = allowed;
        emit ValidatorSet(datanetId, account, allowed);
    }

    /// @inheritdoc IDatanetRegistry
    function setContributor(uint256 datanetId, address account, bool allowed) external {
        _checkGoverns(datanetId);
        _contributors[datanetId][account] = allowed;
        emit ContributorSet(datanetId, account, allowed);
    }

    /// @inheritdoc IDatanetRegistry
    function termsOf(uint256 datanetId) external view returns (Terms memory) {
        _requireOwned(datanetId);
        return _terms[datanetId];
    }

    /// @inheritdoc IDatanetRegistry
    function isValidator(uint256 datanetId, address account) external view returns (bool) {
        return _validators[datanetId][account];
    }

    /// @inheritdoc IDatanetRegistry
    function isAdmitted(uint256 datanetId, address account) external view returns (bool) {
        _requireOwned(datanetId);
        return _terms[datanetId].admission == Admission.Open || _contributors[datanetId][account];
    }

    /// @inheritdoc IDatanetRegistry
    function isCurator(uint256 datanetId, address account) external view returns (bool) {
        return _requireOwned(datanetId) == account || _validators[datanetId][account];
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
        require(
            terms.licence != 0 && terms.licence <= Licence.ALL,
            DatanetTermOutOfBounds(0, terms.licence, 1, Licence.ALL)
        );
        require(
            terms.votesNeeded != 0 && terms.votesNeeded <= MAX_VOTES_NEEDED,
            DatanetTermOutOfBounds(3, terms.votesNeeded, 1, MAX_VOTES_NEEDED)
        );
        // Submissions keep it in 32 bits.
        require(
            terms.judgeModelId <= type(uint32).max,
            DatanetTermOutOfBounds(6, terms.judgeModelId, 0, type(uint32).max)
        );
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}
