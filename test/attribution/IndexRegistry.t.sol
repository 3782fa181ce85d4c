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

    struct Life {
        /// 0: no index.
        bytes32 content;
        uint256 challengeEnds;
        uint256 deadline;
        uint256 heldUntil;
        bool demanded;
        bool activated;
        bool wasFinal;
    }

    Life[VERSIONS + 1] private _lives;
    uint256 private _attested = 1;
    mapping(uint256 model => mapping(uint64 epoch => uint256)) private _activated;
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
    }

    /// @dev Now and then with a field out of bounds, a version that does not exist, or signatures over something else.
    function attest(uint256 which, uint8 flaw, uint16 certificateBps) public {
        uint256 version = 1 + (which % (VERSIONS + 1));
        IIndexRegistry.IndexAttestation memory attestation = IIndexRegistry.IndexAttestation({
            versionId: version,
            indexRoot: bytes32(++_attested),
            size: flaw % 16 == 1 ? 0 : uint32(ROWS),
            k: flaw % 16 == 2 ? 33 : 32,
            qualityHash: keccak256(quality()),
            certificateBps: certificateBps % 10_500,
            bundleHash: "bundle"
        });
        bytes memory proof = _sign(indexes.attestationDigest(attestation));
        if (flaw % 16 == 3) attestation.indexRoot = 0;
        bool possible =
            version <= VERSIONS &&
                _lives[version].content == 0 &&
                (flaw % 16 == 0 || flaw % 16 > 3) &&
                attestation.certificateBps <= 10_000;
        uint256 floor = indexes.certificateFloorBps();
        if (!possible) vm.expectRevert();
        indexes.attest(attestation, proof);
        if (!possible) return;
        IIndexRegistry.Index memory index = indexes.indexOf(version);
        require(index.splitsByExamples == (attestation.certificateBps < floor), "floor");
        require(index.challengeEnds == block.timestamp + indexes.challengeWindow(), "window");
        _lives[version].content = _contentOf(version);
        _lives[version].challengeEnds = index.challengeEnds;
    }

    function cancel(uint256 which, bool byJudge) external {
        uint256 version = 1 + (which % VERSIONS);
        bool possible = byJudge && _lives[version].content != 0 && !_isFinal(version);
        vm.prank(byJudge ? address(disputes) : address(this));
        if (!possible) vm.expectRevert();
        indexes.cancel(version);
        if (possible) delete _lives[version];
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
    }

    function demand(uint256 which) external {
        uint256 version = 1 + (which % VERSIONS);
        Life storage life = _lives[version];
        bool possible = life.content != 0 && !_isFinal(version) && !life.demanded;
        if (possible) {
            possible = block.timestamp < life.challengeEnds + (_isHeld(life) ? HOLD - 2 * REVEAL_WINDOW : 0);
        }
        if (!possible) vm.expectRevert();
        demands.demandQuality(version);
        if (possible) (life.demanded, life.deadline) = (true, block.timestamp + REVEAL_WINDOW);
    }

    function answer(uint256 which) external {
        uint256 version = 1 + (which % VERSIONS);
        Life storage life = _lives[version];
        bytes memory functional = quality();
        bool possible = life.demanded && block.timestamp <= life.deadline && !_isFinal(version);
        if (!possible) vm.expectRevert();
        demands.answerQuality(version, functional);
        if (possible) (life.demanded, life.heldUntil) = (false, block.timestamp + REVEAL_WINDOW);
    }

    /// @dev The shortest way to an active version.
    function attestAndActivate(uint256 which) external {
        uint256 version = 1 + (which % VERSIONS);
        if (_lives[version].content == 0) attest(version - 1, 0, 0);
        uint256 end = _lives[version].challengeEnds;
        if (block.timestamp < end) vm.warp(end);
        activate(version - 1);
    }

    function setChallengeWindow(uint64 duration) external {
        duration %= 2 days;
        if (duration < indexes.MIN_CHALLENGE_WINDOW()) vm.expectRevert();
        indexes.setChallengeWindow(duration);
    }

    function setCertificateFloor(uint16 bps) external {
        bps %= 10_500;
        if (bps > 10_000) vm.expectRevert();
        indexes.setCertificateFloor(bps);
    }

    function setDisputes(bool none) external {
        if (none) vm.expectRevert(IIndexRegistry.IndexInvalidAddress.selector);
        indexes.setDisputes(none ? address(0) : address(disputes));
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

    /// @dev What was final once is final for ever, with the same content: the books of such a version are never deleted.
    function requireLivesAsBooked() external view {
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
