// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IAttributionPolicy
/// @notice What governance decides about attribution besides which schemes are allowed: by which rule a contribution is found
/// harmful, and what is known of each scheme.
/// @dev Operators read all of it from the chain. A contribution is judged by the rule of the time of its submission, whatever was
/// decided since: the terms of a bond never change. See docs/protocol.md §3.
interface IAttributionPolicy {
    /// @notice When the judges of a Datanet find a contribution harmful.
    struct HarmRule {
        /// It supports its labels by less than this share of what is expected of right data, in the eyes of every judge.
        uint16 toleranceBps;
        /// Parts into which the quality set is divided: each judge has learned from all of them but its own.
        uint16 judges;
        /// With fewer judged rows a contribution is never harmful.
        uint32 fewestRows;
    }

    /// @notice What is known of a scheme.
    struct Scheme {
        /// Its canonical JSON, whose hash is its id.
        string description;
        /// Measured agreement of its scores with Shapley values; 0: none was measured.
        uint16 certificateBps;
        /// Where the measurement is reported.
        string report;
    }

    /// @notice What is submitted after this block is judged by another rule.
    /// @param rule The rule.
    event HarmRuleSet(HarmRule rule);
    /// @notice Somebody showed what a scheme is.
    /// @param schemeId Hash of the description.
    /// @param description The scheme's canonical JSON.
    event SchemeDescribed(bytes32 indexed schemeId, string description);
    /// @notice Governance stands by a measurement of a scheme.
    /// @param schemeId Hash of the scheme's canonical JSON.
    /// @param certificateBps Measured agreement of its scores with Shapley values; 0: none was measured.
    /// @param report Where the measurement is reported.
    event SchemeCertified(bytes32 indexed schemeId, uint16 certificateBps, string report);

    /// @notice `value` lies outside `minimum … maximum`.
    /// @param value What was given.
    /// @param minimum Least value that is allowed.
    /// @param maximum Largest value that is allowed.
    error AttributionPolicyOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Shows what a scheme is. Anybody may: what does not hash to a scheme's id describes another one.
    /// @param description The scheme's canonical JSON.
    /// @return schemeId Its hash.
    function describeScheme(string calldata description) external returns (bytes32 schemeId);

    /// @notice States how well a scheme's scores were measured to agree with Shapley values. It moves no money. Owner only.
    /// @param schemeId Hash of the scheme's canonical JSON.
    /// @param certificateBps The agreement, at most 10,000; 0: none was measured.
    /// @param report Where the measurement is reported.
    function certifyScheme(bytes32 schemeId, uint16 certificateBps, string calldata report) external;

    /// @notice Sets the rule for what is submitted after this block. Owner only, after the exit delay.
    /// @param rule The rule. Its bounds go from what was measured to charge nobody honest to what charges fewer.
    function setHarmRule(HarmRule calldata rule) external;

    /// @notice The rule for what is submitted after this block.
    /// @return rule The rule.
    function harmRule() external view returns (HarmRule memory rule);

    /// @notice The rule for what was submitted at `time`.
    /// @param time Unix seconds: {IContributionRegistry-submissionOf} has those of a submission.
    /// @return rule The rule.
    function harmRuleAt(uint256 time) external view returns (HarmRule memory rule);

    /// @notice Measured agreement of a scheme's scores with Shapley values; 0: none was measured.
    /// @param schemeId Hash of the scheme's canonical JSON.
    /// @return certificateBps The agreement.
    function certificateOf(bytes32 schemeId) external view returns (uint16 certificateBps);
}
