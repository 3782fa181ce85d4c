// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IModelGrants} from "./IModelGrants.sol";
import {IModelRegistry} from "./IModelRegistry.sol";

/// @title IModelShares
/// @notice A model, a Datanet or an agent in shares: an ERC-20 of fixed supply (permit, votes by unix time) whose contract owns the NFT.
///
/// **Revenue.** Tills and curator parts pay the owner of an NFT, so they pay this contract. What arrives in one period of
/// `streamPeriod` seconds is streamed to the shareholders over the next one, by the second: who buys, sweeps, claims and sells in a
/// block gets nothing, and no payment, however small, delays another. A share earns while it is held by an account that can claim.
/// Shares of this contract, of Uniswap pairs ({exclude}) and, where it says so at its issue, of the account that it was issued to
/// earn nothing; their part goes to the others. A share earns as if at least `minFloat` shares earned, so that who gets his first takes
/// nothing from those who get theirs later. Nobody can change who earns, pause a claim or reach what others have earned.
///
/// **The NFT.** The manager may call a fixed list of its registry's functions for it. It leaves in two ways: to who owns every share
/// ({redeem}), or to the highest bidder of an auction that holders of two thirds have agreed to ({offer}). The price is revenue.
///
/// **Decisions.** Shareholders choose a call ({support}), and once more than half of the votes chose the same one anybody makes it
/// ({decide}): another manager, an offer (two thirds), the end of a grant, the rejection of its evidence. Votes are those of the
/// second before; they are counted against the shares that earn, and at least against `minFloat`.
interface IModelShares is IERC20 {
    /// @notice Another account manages the NFT.
    /// @param manager The account.
    event ManagerSet(address indexed manager);
    /// @notice The shares of a pair earn nothing from now on.
    /// @param account The pair.
    event Excluded(address indexed account);
    /// @notice A shareholder took what its shares had earned.
    /// @param account The shareholder.
    /// @param to Who was paid.
    /// @param amount OPEN wei.
    event RevenueClaimed(address indexed account, address indexed to, uint256 amount);
    /// @notice A shareholder chose what its votes support, instead of what they supported before.
    /// @param account The shareholder.
    /// @param decision Hash of the call, see {decisionOf}.
    event Supported(address indexed account, bytes32 indexed decision);
    /// @notice Enough votes supported a call, and it was made. What they supported before counts for nothing from now on.
    /// @param decision Hash of the call.
    /// @param target What was called.
    /// @param call Calldata.
    event Decided(bytes32 indexed decision, address indexed target, bytes call);
    /// @notice The NFT is for sale to the highest bidder.
    /// @param reserve OPEN wei that the first bid has to reach; 0: it is no longer for sale.
    event Offered(uint256 reserve);
    /// @notice Somebody bid more than everybody before. The bid before was paid back.
    /// @param bidder The account.
    /// @param amount OPEN wei.
    /// @param endsAt Unix time after which the NFT can be taken, unless there is a higher bid.
    event Bid(address indexed bidder, uint256 amount, uint64 endsAt);
    /// @notice The NFT left. The shares go on earning what arrives.
    /// @param to Who owns it now.
    /// @param price OPEN wei that become revenue; 0: it was redeemed for all shares.
    event NftLeft(address indexed to, uint256 price);

    error SharesInvalidAddress();
    error SharesUnauthorized(address caller);
    error SharesNotManageable(bytes4 selector, uint256 tokenId);
    /// @notice The factory knows no such pair, or it is excluded.
    error SharesNotAPair(address otherToken);
    error SharesNotAll(uint256 balance, uint256 supply);
    error SharesNotDecidable(address target, bytes4 selector);
    error SharesSupportersOutOfOrder(uint256 index);
    error SharesOtherSupport(address account, bytes32 supported, bytes32 decision);
    error SharesTooFewVotes(uint256 votes, uint256 needed);
    error SharesNotForSale();
    error SharesBidTooLow(uint256 amount, uint256 least);
    error SharesAuctionOpen(uint256 endsAt);

    /// @notice Takes what the caller's shares have earned until now.
    /// @param to Who is paid.
    /// @return amount OPEN wei.
    function claim(address to) external returns (uint256 amount);

    /// @notice Says that the shares of a Uniswap pair earn nothing: a pair cannot claim. Anybody; what the pair had earned is revenue.
    /// @param otherToken The pair's other token.
    function exclude(address otherToken) external;

    /// @notice Calls the NFT's registry. Only the manager, only the functions that its owner runs it by, only about
    /// this NFT.
    /// @param call Calldata: of setPrice, setProvider, setUri of a model; of setTerms, setUri, setValidator, setContributor of a Datanet; of
    /// setAgentURI, setMetadata, setAgentWallet, unsetAgentWallet of an agent.
    /// @return result What the registry returned.
    function manage(bytes calldata call) external returns (bytes memory result);

    /// @notice Publishes a version of the model. Only the manager, who pays the training fee; a fee that nobody earned comes back as
    /// revenue.
    /// @param artefacts See {IModelRegistry-publishVersion}.
    /// @param maxFee OPEN wei that the manager pays at most.
    /// @return versionId The version.
    function publish(IModelRegistry.Artefacts calldata artefacts, uint256 maxFee) external returns (uint256 versionId);

    /// @notice Burns all shares, and gives the NFT and what is not streamed yet to their only holder.
    /// @param to Who gets both.
    function redeem(address to) external;

    /// @notice Funds a grant whose funder and reviewer are the shareholders: they may reject its evidence or stop it by a decision, and
    /// what no milestone earned comes back as revenue. The caller pays; anybody may.
    /// @param recipient Whose work is paid.
    /// @param modelId The model whose progress the milestones are.
    /// @param reviewPeriod Seconds in which evidence may be rejected.
    /// @param deadline See {IModelGrants-Terms}.
    /// @param milestones See {IModelGrants-Milestone}.
    /// @param uri Describes the work.
    /// @return grantId The grant.
    function fundGrant(
        address recipient,
        uint256 modelId,
        uint32 reviewPeriod,
        uint64 deadline,
        IModelGrants.Milestone[] calldata milestones,
        string calldata uri
    ) external returns (uint256 grantId);

    /// @notice Chooses what the caller's votes support: one call at a time.
    /// @param decision See {decisionOf}.
    function support(bytes32 decision) external;

    /// @notice Makes a call that enough votes support. Anybody.
    /// @param target This contract (setManager, offer) or the grants (stop, reject).
    /// @param call Calldata.
    /// @param supporters Accounts that support it, ascending.
    function decide(address target, bytes calldata call, address[] calldata supporters) external;

    /// @notice Names another manager. Only by a decision.
    /// @param manager The account; zero: nobody manages the NFT.
    function setManager(address manager) external;

    /// @notice Offers the NFT to the highest bidder, or withdraws the offer. Only by a decision, only while nobody has bid.
    /// @param reserve OPEN wei that the first bid has to reach; 0: not for sale.
    function offer(uint96 reserve) external;

    /// @notice Bids for the NFT. The auction ends `AUCTION_PERIOD` after the first bid, at least `BID_EXTENSION` after the last one.
    /// @param amount OPEN wei, at least the reserve, or a twentieth above the bid before.
    function bid(uint96 amount) external;

    /// @notice Gives the NFT to the highest bidder. What is in the model's till goes to the shareholders first. Anybody, after the
    /// auction.
    function settleAuction() external;

    /// @notice The registry of the NFT.
    /// @return registry The registry of models, Datanets or agents.
    function collection() external view returns (address registry);

    /// @notice The NFT's id.
    /// @return id The model, the Datanet or the agent.
    function tokenId() external view returns (uint256 id);

    /// @notice Who may call {manage}.
    /// @return account The manager.
    function manager() external view returns (address account);

    /// @notice Whether an account's shares earn nothing.
    /// @param account The account.
    /// @return excluded Whether they do not.
    function isExcluded(address account) external view returns (bool excluded);

    /// @notice What an account could claim now.
    /// @param account The account.
    /// @return amount OPEN wei.
    function claimable(address account) external view returns (uint256 amount);

    /// @notice What arrived and is not streamed yet.
    /// @return amount OPEN wei.
    function unstreamed() external view returns (uint256 amount);

    /// @notice Shares that earn.
    /// @return amount Wei.
    function earningSupply() external view returns (uint256 amount);

    /// @notice Shares that are reckoned with at least, where earnings are divided and votes counted.
    /// @return amount Wei.
    function minFloat() external view returns (uint256 amount);

    /// @notice The hash by which a call is supported, until the next decision.
    /// @param target What is called.
    /// @param call Calldata.
    /// @return decision The hash.
    function decisionOf(address target, bytes calldata call) external view returns (bytes32 decision);

    /// @notice What an account's votes support.
    /// @param account The account.
    /// @return decision Hash of a call.
    function supportedBy(address account) external view returns (bytes32 decision);

    /// @notice The auction of the NFT.
    /// @return reserve OPEN wei; 0: the NFT is not for sale.
    /// @return bidder Who bid most; zero: nobody did.
    /// @return amount OPEN wei of that bid.
    /// @return endsAt Unix time; 0: nobody bid.
    function auction() external view returns (uint96 reserve, address bidder, uint96 amount, uint64 endsAt);
}
