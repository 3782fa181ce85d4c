// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {Possession} from "../../contracts/staking/Possession.sol";
import {vm} from "../Vm.sol";

/// @notice Signatures of keys that agree to sign for an operator.
library Agreement {
    /// @notice The agreement of `key`, for ever.
    function sign(
        IStakeManager stakes,
        uint256 key,
        address operator,
        IStakePools.Role role
    ) internal view returns (bytes memory) {
        (, string memory name, string memory version, uint256 chainId, address verifier, , ) = Possession(
            stakes.possession()
        ).eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                verifier
            )
        );
        bytes32 agreed = keccak256(
            abi.encode(
                keccak256("Possession(address operator,uint8 role,address signer,uint256 deadline)"),
                operator,
                role,
                vm.addr(key),
                type(uint256).max
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, agreed)));
        return abi.encodePacked(r, s, v);
    }
}
