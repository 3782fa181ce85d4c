// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ExitDelay} from "../access/ExitDelay.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";

/// @title EpochClock
/// @notice See {IEpochClock}. Epoch 1 begins in the block of deployment.
contract EpochClock is IEpochClock, ExitDelay, Ownable {
    /// @notice A root settles up to 32 funded epochs and takes at most 7 days unless somebody asks: no allowed length lets revenue
    /// arrive faster than roots settle it.
    uint64 public constant MIN_LENGTH = 6 hours;
    /// @notice Revocations wait for the end of an epoch; `EXIT_DELAY` allows for it.
    uint64 public constant MAX_LENGTH = 7 days;
    uint64 public constant MAX_RECEIPTS_GRACE = 7 days;

    /// @inheritdoc IEpochClock
    uint64 public immutable receiptsGrace;

    /// @dev Epochs from `firstEpoch` on, the first of which starts at `start`, last `length` seconds, until the next era.
    struct Era {
        uint64 firstEpoch;
        uint64 start;
        uint64 length;
    }

    /// @dev In ascending order; only the last one can lie in the future.
    Era[] private _eras;

    constructor(address owner, uint64 length_, uint64 receiptsGrace_) Ownable(owner) {
        _checkBounds(length_, MIN_LENGTH, MAX_LENGTH);
        _checkBounds(receiptsGrace_, 0, MAX_RECEIPTS_GRACE);
        receiptsGrace = receiptsGrace_;
        _eras.push(Era(1, uint64(block.timestamp), length_));
        emit LengthSet(1, length_);
    }

    /// @inheritdoc IEpochClock
    function setLength(uint64 newLength) external afterExit {
        _checkBounds(newLength, MIN_LENGTH, MAX_LENGTH);
        uint64 next = current() + 1;
        Era storage last = _eras[_eras.length - 1];
        if (last.firstEpoch == next) last.length = newLength;
        else _eras.push(Era(next, uint64(startOf(next)), newLength));
        emit LengthSet(next, newLength);
    }

    /// @inheritdoc IEpochClock
    function isClosed(uint64 epoch) external view returns (bool) {
        return _isClosed(epoch);
    }

    /// @inheritdoc IEpochClock
    function receiptsOpen(uint64 epoch) external view returns (bool) {
        return epoch <= current() && !_isClosed(epoch);
    }

    /// @inheritdoc IEpochClock
    function length() external view returns (uint64) {
        return _eras[_eras.length - 1].length;
    }

    /// @inheritdoc IEpochClock
    function endOf(uint64 epoch) external view returns (uint256) {
        return _endOf(epoch);
    }

    /// @inheritdoc IEpochClock
    function current() public view returns (uint64) {
        uint256 i = _eras.length - 1;
        if (_eras[i].start > block.timestamp) --i;
        Era memory era = _eras[i];
        return era.firstEpoch + uint64(block.timestamp - era.start) / era.length;
    }

    /// @inheritdoc IEpochClock
    function startOf(uint64 epoch) public view returns (uint256) {
        Era memory era = _eraOf(epoch);
        return era.start + uint256(epoch - era.firstEpoch) * era.length;
    }

    function _isClosed(uint64 epoch) private view returns (bool) {
        return block.timestamp >= _endOf(epoch) + receiptsGrace;
    }

    /// @dev An era begins where the epoch before it ends, so the end never needs the next era.
    function _endOf(uint64 epoch) private view returns (uint256) {
        return startOf(epoch) + _eraOf(epoch).length;
    }

    /// @dev From the latest backwards: callers ask for recent epochs.
    function _eraOf(uint64 epoch) private view returns (Era memory) {
        if (epoch == 0) revert EpochClockUnknownEpoch(epoch);
        uint256 i = _eras.length - 1;
        while (_eras[i].firstEpoch > epoch) --i;
        return _eras[i];
    }

    function _checkBounds(uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert EpochClockOutOfBounds(value, minimum, maximum);
    }

    function _checkAnnouncer() internal view override {
        _checkOwner();
    }
}
