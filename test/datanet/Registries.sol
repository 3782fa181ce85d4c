// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ContributionRegistry} from "../../contracts/datanet/ContributionRegistry.sol";
import {DatanetRegistry} from "../../contracts/datanet/DatanetRegistry.sol";
import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {IDatanetRegistry} from "../../contracts/interfaces/IDatanetRegistry.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {announced} from "../access/announced.sol";

/// @notice Caps for a sender who accepts any price, and the judge of {Registries}.
function anyPrice() pure returns (IContributionRegistry.Caps memory) {
    return IContributionRegistry.Caps(type(uint96).max, type(uint96).max, 1);
}

/// @notice A token, a clock and the registries, with one open Datanet; owns them all.
contract Registries {
    OpenToken public token = new OpenToken(address(this), address(0));
    EpochClock public clock = new EpochClock(address(this), 1 days, 1 hours);
    DatanetRegistry public datanets;
    ContributionRegistry public contributions;

    constructor(uint96 bond, uint96 reviewFee) {
        datanets = DatanetRegistry(
            address(
                new ERC1967Proxy(
                    address(new DatanetRegistry()),
                    abi.encodeCall(DatanetRegistry.initialize, (address(this)))
                )
            )
        );
        contributions = ContributionRegistry(
            address(
                new ERC1967Proxy(
                    address(new ContributionRegistry(token, clock, datanets)),
                    abi.encodeCall(ContributionRegistry.initialize, (address(this), 1 days))
                )
            )
        );
        datanets.create(
            "n",
            "",
            new string[](0),
            IDatanetRegistry.Terms(15, 0, IDatanetRegistry.Admission.Open, 1, bond, reviewFee, 1)
        );
    }

    function give(address to, uint256 amount) external {
        token.transfer(to, amount);
    }

    /// @notice Makes a call that must have been announced.
    function announceAndCall(address target, bytes calldata call) external returns (bool done) {
        announced(target, call);
        (done, ) = target.call(call);
    }

    function setReview(address review) external {
        contributions.setReview(review);
    }

    function setHarmCharges(address harmCharges) external {
        contributions.setHarmCharges(harmCharges);
    }
}
