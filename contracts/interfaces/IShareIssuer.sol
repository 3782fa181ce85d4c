// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IShareIssuer
/// @notice Turns models, Datanets and agents into shares.
interface IShareIssuer {
    /// @notice What an issue is made of.
    struct Issue {
        /// The registry of models, Datanets or agents.
        address collection;
        uint256 tokenId;
        string name;
        string symbol;
        /// Runs the model, Datanet or agent for the shareholders, until they decide otherwise.
        address manager;
        /// Whether the shares of the caller, who gets all of them, earn; false for a contract that only hands them on.
        bool earns;
        /// See {IModelShares-minFloat}: a tenth to all of the supply.
        uint256 minFloat;
    }

    /// @notice An NFT was given to a contract of shares.
    /// @param collection The registry.
    /// @param tokenId The NFT.
    /// @param shares The contract of shares. An NFT that came out of one can be issued again.
    /// @param holder Who got all of them.
    event SharesIssued(address indexed collection, uint256 indexed tokenId, address shares, address indexed holder);

    /// @notice Neither models nor Datanets nor agents.
    error IssuerUnknownCollection(address collection);
    error IssuerMinFloatOutOfBounds(uint256 minFloat, uint256 minimum, uint256 maximum);
    error IssuerEmptyName();

    /// @notice Takes the caller's NFT, which must be approved, and gives the caller all its shares.
    /// @param terms What the issue is made of.
    /// @return shares The contract of shares, which owns the NFT.
    function issue(Issue calldata terms) external returns (address shares);

    /// @notice Whether a contract was made by {issue}: only such are what {IModelShares} says.
    /// @param shares The contract.
    /// @return issued Whether it was.
    function isIssued(address shares) external view returns (bool issued);

    /// @notice What every contract of shares is a minimal proxy of.
    /// @return implementation The implementation.
    function implementation() external view returns (address implementation);
}
