// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ContributionRegistry} from "../../contracts/datanet/ContributionRegistry.sol";
import {DatanetRegistry} from "../../contracts/datanet/DatanetRegistry.sol";
import {Licence} from "../../contracts/datanet/Licence.sol";
import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {IDatanetRegistry} from "../../contracts/interfaces/IDatanetRegistry.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {ModelRegistry} from "../../contracts/model/ModelRegistry.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {vm} from "../Vm.sol";
import {announced} from "../access/announced.sol";
import {anyPrice, Registries} from "../datanet/Registries.sol";
import {Erc721Handler} from "../token/Erc721Handler.sol";
import {trainForNothing} from "../training/freeTraining.sol";

/// @notice Contributes to three Datanets and takes data back, pins, mints, publishes and sells at random, as anybody. What was
/// pinned, published and promised is kept in plain books.
contract ModelHandler is Erc721Handler {
    uint256 private constant DATANETS = 3;

    struct Pinned {
        bytes32 content;
        uint256 datanetId;
        /// Contributions that it must hold for ever, as bits.
        uint256 members;
    }

    ModelRegistry public models;
    uint256 public looks;
    ContributionRegistry private _contributions;
    DatanetRegistry private _datanets;
    EpochClock private _clock;

    /// Bits of the contributions that are accepted and not revoked; at most 256 here.
    uint256[DATANETS] private _present;
    uint256 private _revoked;
    Pinned[] private _snapshots;
    bytes32[] private _versions;
    uint256[] private _versionMembers;
    uint256 private _stale;
    mapping(uint256 id => uint256) private _price;
    mapping(uint256 id => bool) private _nonCommercial;
    mapping(uint256 id => bool) private _isBase;
    mapping(uint256 id => bytes32) private _terms;
    mapping(uint256 id => uint256[]) private _parentIds;
    mapping(uint256 id => mapping(uint64 epoch => address)) private _providers;
    mapping(uint256 id => uint64) private _providedSince;

    constructor() {
        Registries registries = new Registries(0, 0);
        (_contributions, _datanets, _clock) = (registries.contributions(), registries.datanets(), registries.clock());
        registries.setReview(address(this));
        // Of the two others, one may not be sold, and of the last nothing may be derived.
        for (uint8 licence = 7; licence < 14; licence += 4) {
            _datanets.create(
                "n",
                "",
                new string[](0),
                IDatanetRegistry.Terms(licence, 0, IDatanetRegistry.Admission.Open, 1, 0, 0, 1)
            );
        }
        models = ModelRegistry(
            address(
                new ERC1967Proxy(
                    address(new ModelRegistry(_clock, _datanets, _contributions)),
                    abi.encodeCall(ModelRegistry.initialize, (address(this), 1_000, 500, "scheme"))
                )
            )
        );
        trainForNothing(registries.token(), IStakeManager(address(0)), models);
    }

    function contribute(uint256 datanet) public {
        if (_contributions.count() == 255) return;
        datanet %= DATANETS;
        IContributionRegistry.Part[] memory parts = new IContributionRegistry.Part[](1);
        parts[0] = IContributionRegistry.Part(IContributionRegistry.Kind.Train, bytes32(uint256(1)), 1);
        (uint256 submissionId, uint256 id) = _contributions.submit(datanet + 1, parts, "", anyPrice());
        _contributions.resolve(submissionId, 1, new address[](0), new uint256[](0));
        _present[datanet] |= 1 << id;
    }

    function revoke(uint256 which) external {
        uint256 count = _contributions.count();
        if (count == 0) return;
        uint256 id = 1 + (which % count);
        bool possible = (_revoked >> id) & 1 == 0;
        if (!possible) vm.expectRevert();
        _contributions.revoke(id);
        if (!possible) return;
        _revoked |= 1 << id;
        for (uint256 i = 0; i < DATANETS; ++i) _present[i] &= ~_revoked;
    }

    function pinSnapshot(uint256 datanet) public {
        datanet %= DATANETS;
        bool possible = _present[datanet] != 0;
        if (!possible) vm.expectRevert();
        uint256 id = models.pinSnapshot(datanet + 1);
        if (!possible) return;
        require(id == _snapshots.length + 1, "id");
        _snapshots.push(Pinned(_contentOf(id), datanet + 1, _present[datanet]));
    }

    /// @dev With up to two parents, now and then one that does not exist, out of order or with a share that does not fit.
    function mint(
        uint256 by,
        uint256 first,
        uint256 second,
        uint16[2] memory shares,
        uint256 provider,
        uint96 price
    ) public {
        (IModelRegistry.Parent[] memory parents, bool parentsFit) = _parents(first, second, shares);
        bool possible = parentsFit && provider % 5 != 0;
        address who = provider % 5 == 0 ? address(0) : personAt(provider);
        price = price % 2 == 0 ? 0 : price;
        bool base = first % 7 == 0;
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        uint256 id = models.mint(IModelRegistry.ModelTerms(parents, who, price, base), "");
        if (!possible) return;
        (holder[id], _price[id], _isBase[id]) = (personAt(by), price, base);
        _terms[id] = keccak256(abi.encode(parents));
        for (uint256 i = 0; i < parents.length; ++i) _parentIds[id].push(parents[i].modelId);
        _providers[id][_clock.current()] = who;
        _providedSince[id] = _clock.current();
    }

    function setPrice(uint256 by, uint256 which, uint96 price) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        price = price % 2 == 0 ? 0 : price;
        bool possible = _controls(personAt(by), id) && (price == 0 || !_nonCommercial[id]);
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        models.setPrice(id, price);
        if (possible) _price[id] = price;
    }

    /// @dev From the next epoch on; what it says of this epoch and those before stays.
    function setProvider(uint256 by, uint256 which, uint256 provider) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        address who = provider % 5 == 0 ? address(0) : personAt(provider);
        bool possible = _controls(personAt(by), id) && who != address(0);
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        models.setProvider(id, who);
        if (possible) _providers[id][_clock.current() + 1] = who;
    }

    function setUri(uint256 by, uint256 which, string calldata uri) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        bool possible = _controls(personAt(by), id);
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        models.setUri(id, uri);
        if (possible) require(keccak256(bytes(models.tokenURI(id))) == keccak256(bytes(uri)), "uri");
    }

    function publishVersion(uint256 by, uint256 which, uint256 first, uint256 second, uint8 flaw) public {
        uint256 id = _pick(which);
        if (id == 0 || _snapshots.length == 0) return;
        IModelRegistry.Artefacts memory artefacts = IModelRegistry.Artefacts(
            flaw % 16 == 1 ? bytes32(0) : bytes32("weights"),
            flaw % 16 == 2 ? bytes32(0) : bytes32("recipe"),
            _isBase[id] && flaw % 16 != 3 ? bytes32(0) : bytes32("scheme"),
            new uint256[](_isBase[id] && flaw % 16 != 4 ? 0 : 1 + (second % 2)),
            IModelRegistry.Size(1, 1, 1, 1),
            ""
        );
        if (artefacts.snapshotIds.length > 0) artefacts.snapshotIds[0] = 1 + (first % _snapshots.length);
        if (artefacts.snapshotIds.length > 1) artefacts.snapshotIds[1] = 1 + ((second / 2) % _snapshots.length);
        (bool fits, bool commercial, uint256 members) = _fits(id, artefacts.snapshotIds);
        bool possible =
            fits &&
                _controls(personAt(by), id) &&
                artefacts.weightsHash != 0 &&
                (
                    _isBase[id]
                        ? artefacts.snapshotIds.length == 0 && artefacts.schemeId == 0
                        : artefacts.recipeHash != 0 && models.isSchemeAllowed("scheme")
                );
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        uint256 versionId = models.publishVersion(id, artefacts, 0);
        if (!possible) return;
        require(versionId == _versions.length + 1, "id");
        if (!commercial) _nonCommercial[id] = true;
        _versions.push(_artefactsOf(versionId));
        _versionMembers.push(members);
    }

    /// @dev The shortest way to a version, so that sequences of calls come to more than mints.
    function publishNew(uint256 by, uint256 datanet, uint256 provider) external {
        contribute(datanet);
        pinSnapshot(datanet);
        mint(by, 1, 1, [uint16(0), 0], 1 + (provider % 4), 0);
        publishVersion(by, models.modelCount() - 1, _snapshots.length - 1, 0, 0);
    }

    function markStale(uint256 version, uint256 which) external {
        uint256 count = _contributions.count();
        if (_versions.length == 0 || count == 0) return;
        (version, which) = (version % _versions.length, 1 + (which % count));
        bool possible = ((_revoked & _versionMembers[version]) >> which) & 1 == 1;
        if (!possible) vm.expectRevert();
        models.markStale(version + 1, which);
        if (possible) _stale |= 1 << version;
    }

    function setScheme(bool allowed) external {
        models.setScheme("scheme", allowed);
    }

    function setShares(uint16 minParentBps, uint16 royaltyBps) external {
        (minParentBps, royaltyBps) = (minParentBps % 1_400, royaltyBps % 1_200);
        if (minParentBps > 1_250) vm.expectRevert();
        models.setMinParentShare(minParentBps);
        announced(address(models), abi.encodeCall(models.setRoyalty, (royaltyBps)));
        if (royaltyBps > 1_000) vm.expectRevert();
        models.setRoyalty(royaltyBps);
        (, uint256 royalty) = models.royaltyInfo(1, 10_000);
        require(royalty <= 1_000, "royalty");
    }

    /// @dev Of later versions.
    function narrowLicence(uint8 licence) external {
        IDatanetRegistry.Terms memory terms = _datanets.termsOf(2);
        terms.licence = (terms.licence & licence) | Licence.TRAIN;
        _datanets.setTerms(2, terms);
    }

    function wait(uint256 duration) external {
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + (duration % 2 days));
    }

    /// @dev At one snapshot, one version and one model: looking at all of them after every call takes too long. Only what may
    /// write is called at random.
    function look(uint256 snapshot, uint256 version, uint256 model) external {
        ++looks;
        _lookAtProvider(model);
        uint256 count = _contributions.count();
        if (_snapshots.length != 0) {
            Pinned memory pinned = _snapshots[snapshot % _snapshots.length];
            uint256 snapshotId = 1 + (snapshot % _snapshots.length);
            require(_contentOf(snapshotId) == pinned.content, "snapshot");
            for (uint256 id = 1; id <= count; ++id) {
                require(models.inSnapshot(snapshotId, id) == ((pinned.members >> id) & 1 == 1), "member");
            }
        }
        if (_versions.length != 0) {
            version %= _versions.length;
            require(_artefactsOf(version + 1) == _versions[version], "version");
            require(models.versionOf(version + 1).stale == ((_stale >> version) & 1 == 1), "stale");
            for (uint256 id = 1; id <= count; ++id) {
                require(models.inVersion(version + 1, id) == ((_versionMembers[version] >> id) & 1 == 1), "trained on");
            }
        }
    }

    function requireModelsAsBooked() external view {
        uint256 minted = models.modelCount();
        for (uint256 id = 1; id <= minted; ++id) {
            IModelRegistry.Model memory model = models.modelOf(id);
            require(model.price == _price[id] && model.nonCommercial == _nonCommercial[id], "price");
            require(!model.nonCommercial || model.price == 0, "sold without licence");
            require(keccak256(abi.encode(model.parents)) == _terms[id] && model.base == _isBase[id], "terms");
            for (uint256 i = 0; i < model.parents.length; ++i) require(model.parents[i].modelId < id, "lineage");
        }
    }

    /// @dev Of one model, in every epoch since it was minted and in the next.
    function _lookAtProvider(uint256 which) private view {
        uint256 id = _pick(which);
        if (id == 0) return;
        address provider;
        for (uint64 epoch = _providedSince[id]; epoch <= _clock.current() + 1; ++epoch) {
            if (_providers[id][epoch] != address(0)) provider = _providers[id][epoch];
            require(models.providerOf(id, epoch) == provider, "provider");
        }
    }

    /// @return fits Whether a version may be published on these snapshots.
    /// @return commercial Whether it may be sold.
    function _fits(
        uint256 id,
        uint256[] memory snapshotIds
    ) private view returns (bool fits, bool commercial, uint256 members) {
        (fits, commercial) = (true, true);
        for (uint256 i = 0; i < _parentIds[id].length; ++i) {
            if (_nonCommercial[_parentIds[id][i]]) commercial = false;
        }
        uint256 previous = 0;
        for (uint256 i = 0; i < snapshotIds.length; ++i) {
            Pinned memory pinned = _snapshots[snapshotIds[i] - 1];
            uint8 licence = _datanets.termsOf(pinned.datanetId).licence;
            if (pinned.datanetId <= previous || licence & Licence.TRAIN == 0) fits = false;
            if (_parentIds[id].length != 0 && licence & Licence.DERIVE == 0) fits = false;
            if (licence & Licence.COMMERCIAL == 0) commercial = false;
            previous = pinned.datanetId;
            members |= pinned.members;
        }
        if (_price[id] != 0 && !commercial) fits = false;
    }

    /// @dev A third of the models are derived.
    function _parents(
        uint256 first,
        uint256 second,
        uint16[2] memory shares
    ) private view returns (IModelRegistry.Parent[] memory parents, bool fit) {
        uint256 minted = models.modelCount();
        parents = new IModelRegistry.Parent[](first % 3 != 0 ? 0 : 1 + (second % 2));
        fit = true;
        uint256 left = 10_000;
        for (uint256 i = 0; i < parents.length; ++i) {
            uint256 id = ((i == 0 ? first / 3 : second / 2) % (minted + 1)) + (second % 11 == 0 ? 0 : 1);
            uint16 share = shares[i] % 6_000;
            parents[i] = IModelRegistry.Parent(uint64(id), share);
            bool ordered = i == 0 || parents[i - 1].modelId < id;
            if (id == 0 || id > minted || !ordered || share < models.minParentShareBps() || share > left) fit = false;
            else left -= share;
        }
    }

    function _contentOf(uint256 snapshotId) private view returns (bytes32) {
        (uint256 datanetId, uint64 blockNumber, bytes32 accumulator, uint32 count) = models.snapshotOf(snapshotId);
        return keccak256(abi.encode(datanetId, blockNumber, accumulator, count));
    }

    /// @dev All of a version but whether it is stale.
    function _artefactsOf(uint256 versionId) private view returns (bytes32) {
        IModelRegistry.Version memory version = models.versionOf(versionId);
        version.stale = false;
        return keccak256(abi.encode(version));
    }

    function _nft() internal view override returns (IERC721) {
        return models;
    }

    function _minted() internal view override returns (uint256) {
        return models.modelCount();
    }
}

contract ModelRegistryInvariant {
    ModelHandler internal handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new ModelHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev {ModelHandler-look} compares all else that may never change.
    function invariant_WhatIsPinnedAndPublishedStaysAndNothingIsSoldWithoutLicence() public view {
        handler.requireModelsAsBooked();
        handler.requireHeldAsBooked();
    }
}
