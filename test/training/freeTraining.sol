// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {ITrainingFees} from "../../contracts/interfaces/ITrainingFees.sol";
import {ModelRegistry} from "../../contracts/model/ModelRegistry.sol";
import {TrainingFees} from "../../contracts/training/TrainingFees.sol";

/// @notice Prices of 0: versions are paid for as soon as they are published.
function freeTraining() pure returns (ITrainingFees.Prices memory) {
    return ITrainingFees.Prices(0, 0, 1e30, 1e30, 1 hours, 1 hours);
}

/// @notice Lets the versions of a registry, which the caller owns, be published for nothing.
function trainForNothing(IERC20 token, IStakeManager stakes, ModelRegistry models) {
    models.setTrainingFees(address(new TrainingFees(token, stakes, models, models.owner(), freeTraining())));
}

/// @notice Terms of a model that derives from none.
function original(address provider, uint96 price) pure returns (IModelRegistry.ModelTerms memory) {
    return IModelRegistry.ModelTerms(new IModelRegistry.Parent[](0), provider, price, false);
}

/// @notice What a small version consists of.
function artefactsOf(uint256[] memory snapshotIds) pure returns (IModelRegistry.Artefacts memory) {
    IModelRegistry.Size memory size = IModelRegistry.Size(1, 1, 1, 1);
    return IModelRegistry.Artefacts("weights", "recipe", "scheme", snapshotIds, size, "");
}
