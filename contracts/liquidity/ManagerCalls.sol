// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAgentIdentityRegistry} from "../interfaces/IAgentIdentityRegistry.sol";
import {IDatanetRegistry} from "../interfaces/IDatanetRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title ManagerCalls
/// @notice The functions of a registry by which an owner runs a model, a Datanet or an agent; none of them moves or approves the NFT, and
/// each has its id as the first argument, and none of them costs OPEN.
library ManagerCalls {
    function runsModel(bytes4 selector) internal pure returns (bool) {
        return
            selector == IModelRegistry.setPrice.selector ||
            selector == IModelRegistry.setProvider.selector ||
            selector == IModelRegistry.setUri.selector;
    }

    function runsDatanet(bytes4 selector) internal pure returns (bool) {
        return
            selector == IDatanetRegistry.setTerms.selector ||
            selector == IDatanetRegistry.setUri.selector ||
            selector == IDatanetRegistry.setValidator.selector ||
            selector == IDatanetRegistry.setContributor.selector;
    }

    function runsAgent(bytes4 selector) internal pure returns (bool) {
        return
            selector == IAgentIdentityRegistry.setAgentURI.selector ||
            selector == IAgentIdentityRegistry.setMetadata.selector ||
            selector == IAgentIdentityRegistry.setAgentWallet.selector ||
            selector == IAgentIdentityRegistry.unsetAgentWallet.selector;
    }
}
