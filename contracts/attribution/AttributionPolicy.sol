// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ExitDelay} from "../access/ExitDelay.sol";
import {IAttributionPolicy} from "../interfaces/IAttributionPolicy.sol";

/// @title AttributionPolicy
/// @notice See {IAttributionPolicy}.
contract AttributionPolicy is IAttributionPolicy, ExitDelay, Ownable {
    /// @dev What is submitted after `since` is judged by `rule`, until the next era.
    struct Era {
        uint64 since;
        HarmRule rule;
    }

    /// @notice The tolerance at which nobody honest was charged; a larger one charges more.
    uint256 public constant MOST_TOLERANCE_BPS = 2_000;
    /// @notice Fewer judges agree more easily.
    uint256 public constant FEWEST_JUDGES = 5;
    /// @notice Each one costs operators a factorisation of the quality set.
    uint256 public constant MOST_JUDGES = 10;
    uint256 public constant LEAST_FEWEST_ROWS = 5;
    /// @notice With more, hardly any part of a contributor would ever be judged.
    uint256 public constant MOST_FEWEST_ROWS = 1_000;
    uint256 private constant BPS = 10_000;

    /// @dev Ascending.
    Era[] private _eras;
    /// @inheritdoc IAttributionPolicy
    mapping(bytes32 schemeId => uint16) public certificateOf;

    /// @param owner The timelock.
    /// @param rule The rule for everything that is submitted until another one is set.
    /// @param schemes What is known of the schemes of the first day.
    constructor(address owner, HarmRule memory rule, Scheme[] memory schemes) Ownable(owner) {
        _startEra(0, rule);
        for (uint256 i = 0; i < schemes.length; ++i) {
            Scheme memory scheme = schemes[i];
            _certify(_describe(scheme.description), scheme.certificateBps, scheme.report);
        }
    }

    /// @inheritdoc IAttributionPolicy
    function describeScheme(string calldata description) external returns (bytes32 schemeId) {
        return _describe(description);
    }

    /// @inheritdoc IAttributionPolicy
    function certifyScheme(bytes32 schemeId, uint16 certificateBps, string calldata report) external onlyOwner {
        _certify(schemeId, certificateBps, report);
    }

    /// @inheritdoc IAttributionPolicy
    function setHarmRule(HarmRule calldata rule) external afterExit {
        _startEra(uint64(block.timestamp), rule);
    }

    /// @inheritdoc IAttributionPolicy
    function harmRule() external view returns (HarmRule memory rule) {
        return _eras[_eras.length - 1].rule;
    }

    /// @inheritdoc IAttributionPolicy
    function harmRuleAt(uint256 time) external view returns (HarmRule memory rule) {
        uint256 i = _eras.length - 1;
        while (i > 0 && _eras[i].since >= time) --i;
        return _eras[i].rule;
    }

    function _startEra(uint64 since, HarmRule memory rule) private {
        _checkBounds(rule.toleranceBps, 0, MOST_TOLERANCE_BPS);
        _checkBounds(rule.judges, FEWEST_JUDGES, MOST_JUDGES);
        _checkBounds(rule.fewestRows, LEAST_FEWEST_ROWS, MOST_FEWEST_ROWS);
        _eras.push(Era(since, rule));
        emit HarmRuleSet(rule);
    }

    function _describe(string memory description) private returns (bytes32 schemeId) {
        schemeId = keccak256(bytes(description));
        emit SchemeDescribed(schemeId, description);
    }

    function _certify(bytes32 schemeId, uint16 certificateBps, string memory report) private {
        _checkBounds(certificateBps, 0, BPS);
        certificateOf[schemeId] = certificateBps;
        emit SchemeCertified(schemeId, certificateBps, report);
    }

    function _checkBounds(uint256 value, uint256 minimum, uint256 maximum) private pure {
        if (value < minimum || value > maximum) revert AttributionPolicyOutOfBounds(value, minimum, maximum);
    }

    function _checkAnnouncer() internal view override {
        _checkOwner();
    }
}
