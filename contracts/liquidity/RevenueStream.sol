// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title RevenueStream
/// @notice Streams OPEN that arrives by plain transfers to weights that change, by debt accounting.
/// @dev Time is cut into periods. What is first seen in a period flows evenly over the next one. So the stream does not depend on how
/// often it is advanced, nobody can delay it by paying a wei, and whoever comes for one block finds a block's part of a period's
/// revenue. A weight earns as if all weights together were at least {_minWeight}: who is there first does not earn for those who come
/// later. What nobody earns flows again in the next period.
///
/// Everything is rounded down: an account loses less than one wei whenever it is settled, and all together less than two wei whenever
/// the stream advances. These wei stay in the contract.
abstract contract RevenueStream {
    struct Flow {
        /// Number of the period in which the stream was last advanced.
        uint40 period;
        /// OPEN wei that flow in that period.
        uint96 flowing;
        /// Of them, what has flowed.
        uint96 flowed;
        /// OPEN wei that arrived in that period, and flow in the next.
        uint96 arriving;
        /// OPEN wei in the contract that are accounted for: all of it but what arrived since the stream was last advanced.
        uint96 held;
    }

    uint256 private constant SCALE = 1e36;

    IERC20 public immutable token;
    /// @notice Seconds over which the revenue of one period is paid out.
    uint256 public immutable streamPeriod;

    Flow internal _flow;
    /// @dev OPEN wei, scaled, that one wei of weight has earned since the beginning.
    uint256 private _perWeight;
    mapping(address account => uint256) private _settledAt;
    mapping(address account => uint256) internal _owed;

    constructor(IERC20 token_, uint256 streamPeriod_) {
        token = token_;
        streamPeriod = streamPeriod_;
    }

    function _unstreamed() internal view returns (uint256) {
        (Flow memory flow, ) = _advanced(_totalWeight());
        return uint256(flow.arriving) + flow.flowing - flow.flowed;
    }

    function _earned(address account) internal view returns (uint256) {
        (, uint256 perWeight) = _advanced(_totalWeight());
        return _owed[account] + _since(account, perWeight);
    }

    /// @dev Before any weight changes.
    function _advance() internal {
        (_flow, _perWeight) = _advanced(_totalWeight());
    }

    /// @dev After {_advance} and before the account's weight changes.
    function _settle(address account) internal {
        _owed[account] += _since(account, _perWeight);
        _settledAt[account] = _perWeight;
    }

    function _totalWeight() internal view virtual returns (uint256);

    /// @dev Above 0, and always the same.
    function _minWeight() internal view virtual returns (uint256);

    function _weightOf(address account) internal view virtual returns (uint256);

    function _since(address account, uint256 perWeight) private view returns (uint256) {
        return (_weightOf(account) * (perWeight - _settledAt[account])) / SCALE;
    }

    /// @dev The casts lose nothing: the supply of OPEN has 90 bits.
    function _advanced(uint256 totalWeight) private view returns (Flow memory flow, uint256 perWeight) {
        flow = _flow;
        perWeight = _perWeight;
        uint256 period = block.timestamp / streamPeriod;
        uint256 released = 0;
        if (period > flow.period) {
            released = flow.flowing - flow.flowed;
            (flow.flowing, flow.flowed, flow.arriving) = (flow.arriving, 0, 0);
            if (period > uint256(flow.period) + 1) {
                released += flow.flowing;
                flow.flowing = 0;
            }
            flow.period = uint40(period);
        }
        uint256 due = (uint256(flow.flowing) * (block.timestamp % streamPeriod)) / streamPeriod;
        released += due - flow.flowed;
        flow.flowed = uint96(due);

        uint256 balance = token.balanceOf(address(this));
        uint256 arrived = balance - flow.held;
        flow.held = uint96(balance);
        uint256 divisor = Math.max(totalWeight, _minWeight());
        perWeight += (released * SCALE) / divisor;
        flow.arriving += uint96(arrived + released - Math.ceilDiv(released * totalWeight, divisor));
    }
}
