// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ExampleLabel
/// @notice Reads the label of an example in its canonical bytes (docs/data.md).
library ExampleLabel {
    uint256 internal constant MAX_BYTES = 128;
    bytes1 private constant QUOTE = 0x22;
    bytes1 private constant BACKSLASH = 0x5c;
    /// @dev Behind the magic bytes, width, height and channels: the length of the label, then the label.
    uint256 private constant IMAGE_LABEL_AT = 9;
    // solhint-disable-next-line quotes
    string private constant BEFORE_LABEL = ',"kind":"text","label":"';
    // solhint-disable-next-line quotes
    string private constant AFTER_LABEL = '"}';

    /// @notice Whether a label is written into JSON as it is, so that {isOf} finds it there.
    function isPlain(bytes calldata label) internal pure returns (bool) {
        if (label.length > MAX_BYTES) return false;
        for (uint256 i = 0; i < label.length; ++i) {
            if (label[i] < 0x20 || label[i] == QUOTE || label[i] == BACKSLASH) return false;
        }
        return true;
    }

    /// @notice Whether an example has the label. Of bytes that are no example with a label: never.
    function isOf(bytes calldata example, bytes memory label) internal pure returns (bool) {
        // Inside a JSON string every quote follows a backslash, so an example ends like this exactly if this is its label.
        return
            _at(example, 0, "OLI1")
                ? _at(example, IMAGE_LABEL_AT, abi.encodePacked(uint16(label.length), label))
                : _endsWith(example, abi.encodePacked(BEFORE_LABEL, label, AFTER_LABEL));
    }

    function _endsWith(bytes calldata text, bytes memory end) private pure returns (bool) {
        return text.length >= end.length && _at(text, text.length - end.length, end);
    }

    function _at(bytes calldata text, uint256 place, bytes memory part) private pure returns (bool) {
        if (text.length < place + part.length) return false;
        return keccak256(text[place:place + part.length]) == keccak256(part);
    }
}
