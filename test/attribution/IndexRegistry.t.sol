// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IIndexRegistry} from "../../contracts/interfaces/IIndexRegistry.sol";
import {vm} from "../Vm.sol";
import {artefactsOf, original} from "../training/freeTraining.sol";
import {Court} from "./Court.sol";

/// @notice Attests, demands, answers, cancels and activates the indexes of two models' versions at random, with the life of each
/// in plain books.
contract IndexHandler is Court {
    uint256 private constant VERSIONS = 6;
    uint64 private constant HOLD = 7 days;
    uint64 private constant REVEAL_WINDOW = 6 hours;
    /// @dev Different indexes of a version.
    uint16 private constant CONTENTS = 3;

    struct Life {
        /// 0: no index.
        bytes32 content;
        bytes32 attested;
        uint256 challengeEnds;
        uint256 deadline;
        uint256 heldUntil;
        /// Of the one part.
        bytes32 root;
        bool demanded;
        bool activated;
        bool wasFinal;
    }

    Life[VERSIONS + 1] private _lives;
    /// @dev By the hash of what was attested: the books of what was proven wrong.
    mapping(bytes32 content => bool) private _barred;
    mapping(uint256 model => mapping(uint64 epoch => uint256)) private _activated;
    mapping(uint256 model => uint256[]) private _versions;
    mapping(uint256 model => uint256[]) private _times;
    mapping(uint256 model => uint256) private _latest;

    constructor() {
        models.mint(original(address(this), 0), "");
        uint256[] memory snapshots = new uint256[](1);
        snapshots[0] = 1;
        for (uint256 version = 3; version <= VERSIONS; ++version) {
            models.publishVersion(modelOf(version), artefactsOf(snapshots), 0);
        }
        token.approve(address(demands), type(uint256).max);
        // The court attested and activated the first one.
        (_lives[1].activated, _lives[1].wasFinal) = (true, true);
        _lives[1].content = _contentOf(1);
        _lives[1].challengeEnds = indexes.indexOf(1).challengeEnds;
        _activated[1][1] = _latest[1] = 1;
        _versions[1].push(1);
        _times[1].push(1);
    }

    /// @dev Now and then with a field out of bounds, a version that does not exist, or signatures over something else.
    function attest(uint256 which, uint8 flaw, uint16 certificateBps) public {
        uint256 version = 1 + (which % (VERSIONS + 1));
        flaw %= 16;
        IIndexRegistry.IndexPart[] memory parts = partsOf(
            bytes32(1 + uint256(certificateBps % CONTENTS)),
            quality(),
            0
        );
        if (flaw == 4) parts[0].datanetId = 2;
        if (flaw == 5) parts[0].size = 1;
        if (flaw == 6) parts = new IIndexRegistry.IndexPart[](0);
        IIndexRegistry.IndexAttestation memory attestation = attestationOf(version, parts);
        attestation.size = flaw == 1 ? 0 : uint32(ROWS);
        attestation.k = flaw == 2 ? 33 : 32;
        // Few different ones, so that what was cancelled comes again.
        attestation.certificateBps = certificateBps % 3 == 0 ? 10_001 : 4_999 + (certificateBps % 3);
        // Under another snapshot than the latest, or over something else.
        uint64 snapshotId = stakes.latestSnapshot();
        bytes memory proof = _sign(indexes.attestationDigest(attestation, flaw == 7 ? snapshotId + 1 : snapshotId));
        if (flaw == 3) attestation.partsHash = 0;
        bytes32 content = keccak256(abi.encode(attestation));
        bool possible =
            version <= VERSIONS &&
                _lives[version].content == 0 &&
                (flaw == 0 || flaw > 7) &&
                attestation.certificateBps <= 10_000 &&
                !_barred[content];
        uint256 floor = indexes.certificateFloorBps();
        if (!possible) vm.expectRevert();
        indexes.attest(attestation, parts, proof);
        if (!possible) return;
        _lives[version].attested = content;
        _lives[version].root = parts[0].root;
        IIndexRegistry.Index memory index = indexes.indexOf(version);
        require(index.splitsByExamples == (attestation.certificateBps < floor), "floor");
        require(index.challengeEnds == block.timestamp + indexes.challengeWindow(), "window");
        _lives[version].content = _contentOf(version);
        _lives[version].challengeEnds = index.challengeEnds;
    }

    function cancel(uint256 which, bool byJudge, bool barred) external {
        uint256 version = 1 + (which % VERSIONS);
        bool possible = byJudge && _lives[version].content != 0 && !_isFinal(version);
        vm.prank(byJudge ? address(disputes) : address(this));
        if (!possible) vm.expectRevert();
        indexes.cancel(version, barred);
        if (!possible) return;
        if (barred) _barred[_lives[version].attested] = true;
        delete _lives[version];
    }

    function activate(uint256 which) public {
        uint256 version = 1 + (which % VERSIONS);
        uint256 model = modelOf(version);
        Life storage life = _lives[version];
        bool possible = life.content != 0 && !life.activated && _isFinal(version) && version > _latest[model];
        if (!possible) vm.expectRevert();
        indexes.activate(version);
        if (!possible) return;
        life.activated = true;
        _activated[model][_latest[model] == 0 ? clock.current() : clock.current() + 1] = version;
        _latest[model] = version;
        _versions[model].push(version);
        _times[model].push(block.timestamp);
    }

    function demand(uint256 which) external {
        uint256 version = 1 + (which % VERSIONS);
        Life storage life = _lives[version];
        bool possible = life.content != 0 && !_isFinal(version) && !life.demanded;
        if (possible) {
            possible = block.timestamp < life.challengeEnds + (_isHeld(life) ? HOLD - 2 * REVEAL_WINDOW : 0);
        }
        if (!possible) vm.expectRevert();
        demands.demandQuality(version, 0);
        if (possible) (life.demanded, life.deadline) = (true, block.timestamp + REVEAL_WINDOW);
    }

    function answer(uint256 which) external {
        uint256 version = 1 + (which % VERSIONS);
        Life storage life = _lives[version];
        bool possible = life.demanded && block.timestamp <= life.deadline && !_isFinal(version);
        IIndexRegistry.IndexPart[] memory parts = partsOf(life.root, quality(), 0);
        bytes memory functional = quality();
        if (!possible) vm.expectRevert();
        demands.answerQuality(version, parts, 0, functional);
        if (possible) (life.demanded, life.heldUntil) = (false, block.timestamp + REVEAL_WINDOW);
    }

    /// @dev The shortest way to an active version.
    function attestAndActivate(uint256 which) external {
        uint256 version = 1 + (which % VERSIONS);
        if (_lives[version].content == 0) attest(version - 1, 0, 1);
        uint256 end = _lives[version].challengeEnds;
        if (block.timestamp < end) vm.warp(end);
        activate(version - 1);
    }

    /// @dev Both change how money is divided, so neither is possible before everybody could leave.
    function setAtOnce(uint64 duration, uint16 bps) external {
        vm.expectRevert();
        indexes.setChallengeWindow(duration);
        vm.expectRevert();
        indexes.setCertificateFloor(bps);
    }

    function setDisputes(address other) external {
        vm.expectRevert(IIndexRegistry.IndexDisputesAlreadySet.selector);
        indexes.setDisputes(other);
    }

    function wait(uint256 duration) external {
        vm.warp(block.timestamp + (duration % 12 hours));
    }

    /// @dev At what is final, and at what was active in every epoch.
    function look(uint256 model) external {
        for (uint256 version = 1; version <= VERSIONS; ++version) {
            if (_lives[version].content != 0 && indexes.isFinal(version)) _lives[version].wasFinal = true;
        }
        model = 1 + (model % 2);
        uint256 active = 0;
        for (uint64 epoch = 1; epoch <= clock.current() + 1; ++epoch) {
            if (_activated[model][epoch] != 0) active = _activated[model][epoch];
            require(indexes.activeVersionOf(model, epoch) == active, "active");
        }
    }

    /// @dev What was activated since a time, by the books.
    function lookBack(uint256 model, uint64 time, uint256 most) external view {
        model = 1 + (model % 2);
        time = uint64(block.timestamp - (time % 30 days));
        most %= 4;
        uint256[] memory found = indexes.activatedSince(model, time, most);
        uint256 n = 0;
        for (uint256 i = 0; i < _versions[model].length && n < most; ++i) {
            if (_times[model][i] < time) continue;
            require(found[n++] == _versions[model][i], "another version");
        }
        require(found.length == n, "another number");
    }

    /// @dev What was final once is final for ever, with the same content: the books of such a version are never deleted.
    function requireLivesAsBooked() external view {
        require(stakes.latestSnapshot() == 1, "the quorum was slashed");
        for (uint256 version = 1; version <= VERSIONS; ++version) {
            Life storage life = _lives[version];
            if (life.content == 0) {
                (bool known, ) = address(indexes).staticcall(abi.encodeCall(indexes.indexOf, (version)));
                require(!known, "unknown");
                continue;
            }
            require(_contentOf(version) == life.content, "content");
            require(indexes.isFinal(version) == _isFinal(version), "final");
            require(!life.wasFinal || _isFinal(version), "no longer final");
        }
    }

    function modelOf(uint256 version) public pure returns (uint256) {
        return version < 3 ? 1 : 2;
    }

    function _isFinal(uint256 version) private view returns (bool) {
        Life storage life = _lives[version];
        if (life.activated || block.timestamp >= life.challengeEnds + HOLD) return true;
        return block.timestamp >= life.challengeEnds && !_isHeld(life);
    }

    function _isHeld(Life storage life) private view returns (bool) {
        return life.demanded || block.timestamp < life.heldUntil;
    }

    /// @dev All of an index but whether it is activated.
    function _contentOf(uint256 version) private view returns (bytes32) {
        IIndexRegistry.Index memory index = indexes.indexOf(version);
        require(index.activated == _lives[version].activated, "activated");
        index.activated = false;
        return keccak256(abi.encode(index));
    }
}

contract IndexRegistryInvariant {
    IndexHandler internal handler;

    function setUp() public {
        handler = new IndexHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_AFinalIndexStaysAndAnEpochKeepsItsVersion() public view {
        handler.requireLivesAsBooked();
    }
}
