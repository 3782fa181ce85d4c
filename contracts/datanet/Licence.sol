// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What a Datanet allows models to do with its data, as bits.
library Licence {
    /// @dev Train a model on it.
    uint8 internal constant TRAIN = 1;
    /// @dev Look it up while answering.
    uint8 internal constant INFER = 2;
    /// @dev Train a model that derives from another model.
    uint8 internal constant DERIVE = 4;
    /// @dev Charge for the model.
    uint8 internal constant COMMERCIAL = 8;

    uint8 internal constant ALL = 15;
}
