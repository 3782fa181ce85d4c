// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title ManagerCalls
/// @notice The functions of a registry by which an owner runs a model or a Datanet; none of them moves or approves the NFT, and each
/// has its id as the first argument, and none of them costs OPEN.
library ManagerCalls {
    function isAllowed(bool isModel, bytes4 selector) internal pure returns (bool) {
        if (isModel) {
            return
                selector == IModelRegistry.setPrice.selector ||
                selector == IModelRegistry.setProvider.selector ||
                selector == IModelRegistry.setUri.selector;
        }
        return
            selector == IDatanetRegistry.setTerms.selector ||
            selector == IDatanetRegistry.setUri.selector ||
            selector == IDatanetRegistry.setValidator.selector ||
            selector == IDatanetRegistry.setContributor.selector;
    }
}
