// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ExampleLabel} from "../../contracts/governance/ExampleLabel.sol";

contract ExampleLabelTest {
    function isOf(bytes calldata example, bytes calldata label) external pure returns (bool) {
        return ExampleLabel.isOf(example, label);
    }

    function isPlain(bytes calldata label) external pure returns (bool) {
        return ExampleLabel.isPlain(label);
    }

    function test_ATextHasTheLabelThatItEndsWith() external view {
        require(this.isOf('{"input":"my card is lost","kind":"text","label":"lost_card"}', "lost_card"), "its label");
        require(!this.isOf('{"input":"my card is lost","kind":"text","label":"lost_card"}', "card"), "a part of it");
        require(!this.isOf('{"input":"my card is lost","kind":"text","label":"lost_card"}', ""), "none");
    }

    function test_WhatATextSaysIsNotItsLabel() external view {
        // as JSON writes the text `x","kind":"text","label":"lost_card"}`
        bytes memory tricky =
            '{"input":"x\\",\\"kind\\":\\"text\\",\\"label\\":\\"lost_card\\"}","kind":"text","label":"other"}';
        require(!this.isOf(tricky, "lost_card") && this.isOf(tricky, "other"), "the text was read");
        bytes memory label =
            '{"input":"x","kind":"text","label":"y\\",\\"kind\\":\\"text\\",\\"label\\":\\"lost_card"}';
        require(!this.isOf(label, "lost_card"), "the end of a longer label");
    }

    function testFuzz_AnImageHasTheLabelOfItsHeader(
        bytes calldata label,
        bytes calldata pixels,
        uint40 size
    ) external view {
        if (label.length > 128) return;
        bytes memory image = abi.encodePacked("OLI1", size, uint16(label.length), label, pixels);
        require(this.isOf(image, label), "its label");
        require(!this.isOf(image, abi.encodePacked(label, bytes1(0x41))), "a longer one");
        if (label.length > 0) require(!this.isOf(image, label[1:]), "a shorter one");
    }

    function testFuzz_BytesWithoutALabelHaveNone(bytes calldata anything) external view {
        if (anything.length >= 4 && bytes4(anything[:4]) == "OLI1") return;
        require(!this.isOf(anything, "lost_card"), "no example");
    }

    function test_PlainLabelsAreThoseThatJsonDoesNotEscape() external view {
        require(this.isPlain("lost_card") && this.isPlain("") && this.isPlain(unicode"verlorene Kärtchen"), "plain");
        require(!this.isPlain('a"b') && !this.isPlain("a\\b") && !this.isPlain("a\tb"), "escaped");
        require(this.isPlain(new bytes(0)) && !this.isPlain(bytes.concat(new bytes(1))), "a control character");
    }
}
