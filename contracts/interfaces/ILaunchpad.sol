// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelGrants} from "./IModelGrants.sol";

/// @title ILaunchpad
/// @notice Sells part of a model to everybody at one price, pays its creator by milestones, and opens a market for its shares.
///
/// 1. **Launch.** The creator gives the model and says everything that will happen: how much is sold, the caps, the milestones of the
///    proceeds, the vesting of what the creator keeps, the hash of what is disclosed. Nothing of it can change.
/// 2. **Sale**, until a fixed time. Every buyer pays the same price, whatever the order, so there is nothing to be first for. A deposit
///    is binding; a share costs at most `hardCap / sold`. Contributors of the model's data come first: each contribution of the version
///    that was active at the launch carries the right to an equal part of what is reserved for them, accepted in full. What is above
///    the hard cap is given back in proportion.
/// 3. **Graduation**, by anybody, after that time, once, if the soft cap was reached. Half of the money and half as many shares as were
///    sold become liquidity of a Uniswap V2 pair at the price of the sale; nobody can take it out again. The other half funds the
///    milestones ({IModelGrants}), reviewed and funded by the shareholders: what the creator does not reach is theirs.
/// 4. Below the soft cap everybody takes everything back, and the creator the model, with what it earned meanwhile.
///
/// The launchpad holds all shares until the graduation, so none is in a pair before. Shares that it holds earn nothing; buyers
/// {collect} theirs at any time, the creator's are released by the second after the cliff.
interface ILaunchpad {
    enum Status {
        Selling,
        Graduated,
        Failed
    }

    /// @notice A part of the proceeds and what it is paid for.
    struct Milestone {
        IModelGrants.Check check;
        /// Of the proceeds; all together 10,000.
        uint16 bps;
        /// Seconds over which the part is streamed.
        uint32 duration;
        /// See {IModelGrants-Milestone}.
        uint96 threshold;
    }

    struct Terms {
        uint256 modelId;
        string name;
        string symbol;
        /// Hash of what is disclosed: model, Datanets, certificate, risks.
        bytes32 disclosure;
        /// Where it is.
        string uri;
        /// OPEN wei; less is given back.
        uint96 softCap;
        /// OPEN wei; more is given back.
        uint96 hardCap;
        /// Of the hard cap, reserved for contributors of the model's data.
        uint16 contributorsBps;
        /// Of all shares, those that are sold. Half as many become liquidity, the rest is the creator's.
        uint16 soldBps;
        uint64 endsAt;
        /// Seconds after the graduation in which the creator gets no share.
        uint32 cliff;
        /// Seconds after the graduation until the creator has all of his.
        uint32 vesting;
        /// Seconds after the graduation after which what no milestone earned is the shareholders'.
        uint32 deadline;
        /// Seconds in which the shareholders may reject evidence.
        uint32 reviewPeriod;
    }

    struct Launch {
        address creator;
        address shares;
        Status status;
        /// The version whose contributors come first; 0: nobody does.
        uint64 versionId;
        /// Contributions of that version.
        uint32 contributions;
        uint64 graduatedAt;
        uint64 endsAt;
        uint96 softCap;
        uint96 hardCap;
        /// OPEN wei reserved for each contribution.
        uint96 rightOfEach;
        /// Shares, in wei.
        uint96 sold;
        uint96 creatorShares;
        uint32 cliff;
        uint32 vesting;
        uint32 deadline;
        uint32 reviewPeriod;
        /// OPEN wei deposited by right, all of it accepted.
        uint96 byRight;
        /// OPEN wei deposited otherwise.
        uint96 others;
        /// Wei of shares that the creator got.
        uint96 released;
        /// The grant of the proceeds.
        uint256 grantId;
    }

    /// @notice What somebody paid in.
    struct Deposit {
        /// OPEN wei accepted in full.
        uint96 byRight;
        /// OPEN wei accepted in proportion.
        uint96 others;
        /// Shares, or the money, were taken.
        bool collected;
    }

    /// @notice A sale began.
    /// @param launchId The launch.
    /// @param creator Who launched the model.
    /// @param shares The model's shares, all of them held by the launchpad.
    /// @param pair Where they will trade.
    /// @param terms What was promised.
    /// @param milestones What the proceeds are paid for.
    event Launched(
        uint256 indexed launchId,
        address indexed creator,
        address indexed shares,
        address pair,
        Terms terms,
        Milestone[] milestones
    );
    /// @notice Somebody paid in.
    /// @param launchId The launch.
    /// @param buyer The account.
    /// @param byRight OPEN wei that contributions give a right to.
    /// @param others OPEN wei beyond.
    event Deposited(uint256 indexed launchId, address indexed buyer, uint256 byRight, uint256 others);
    /// @notice The sale succeeded, and the shares trade.
    /// @param launchId The launch.
    /// @param raised OPEN wei accepted.
    /// @param liquidity OPEN wei in the pair, for ever.
    /// @param grantId The grant of the other half.
    event Graduated(uint256 indexed launchId, uint256 raised, uint256 liquidity, uint256 grantId);
    /// @notice The sale failed, and the model is its creator's again.
    /// @param launchId The launch.
    /// @param deposited OPEN wei to be taken back.
    event LaunchFailed(uint256 indexed launchId, uint256 deposited);
    /// @notice A buyer got what the sale made of its deposit.
    /// @param launchId The launch.
    /// @param buyer The account.
    /// @param shares Wei of shares.
    /// @param paidBack OPEN wei.
    event Collected(uint256 indexed launchId, address indexed buyer, uint256 shares, uint256 paidBack);
    /// @notice The creator got shares that were vested.
    /// @param launchId The launch.
    /// @param amount Wei of shares.
    event Released(uint256 indexed launchId, uint256 amount);

    error LaunchUnknown(uint256 launchId);
    error LaunchNotOwner(uint256 modelId, address caller);
    /// @notice `value` of the field of {Terms} with this number, from 0, has to be from `minimum` to `maximum`.
    error LaunchTermOutOfBounds(uint8 field, uint256 value, uint256 minimum, uint256 maximum);
    error LaunchInvalidMilestone(uint256 index);
    /// @notice Contributors come first only in a model that has an active version with contributions.
    error LaunchNoContributors(uint256 modelId);
    error LaunchClosed(uint256 launchId, uint256 endsAt);
    error LaunchOpen(uint256 launchId, uint256 endsAt);
    error LaunchWrongStatus(uint256 launchId, Status status);
    error LaunchSoftCapMissed(uint256 deposited, uint256 softCap);
    error LaunchSoftCapReached(uint256 deposited, uint256 softCap);
    error LaunchEmptyDeposit();
    /// @notice The contribution is not of the version, is revoked, is somebody else's, or has given its right to a deposit.
    error LaunchNoRight(uint256 contributionId);
    error LaunchNothingToCollect(uint256 launchId, address account);

    /// @notice Launches the caller's model, which the launchpad must be approved for.
    /// @param terms What is promised.
    /// @param milestones What the proceeds are paid for: 1 to 16, as {IModelGrants-create} takes them.
    /// @return launchId The launch, counted from 1.
    function launch(Terms calldata terms, Milestone[] calldata milestones) external returns (uint256 launchId);

    /// @notice Pays into a sale. It cannot be taken out before the end.
    /// @param launchId The launch.
    /// @param amount OPEN wei.
    /// @param contributionIds Contributions of the caller whose right it uses: each once in a launch. What is above their right is
    /// deposited as everybody's is.
    function deposit(uint256 launchId, uint96 amount, uint256[] calldata contributionIds) external;

    /// @notice Ends a sale that reached the soft cap. Anybody, once, after its end.
    /// @param launchId The launch.
    function graduate(uint256 launchId) external;

    /// @notice Ends a sale that did not. Anybody, once, after its end.
    /// @param launchId The launch.
    function fail(uint256 launchId) external;

    /// @notice Gives a buyer its shares and what was not accepted, or all its money after a sale that failed. Anybody.
    /// @param launchId The launch.
    /// @param buyer The account.
    function collect(uint256 launchId, address buyer) external;

    /// @notice Gives the creator the shares that are vested. Anybody.
    /// @param launchId The launch.
    /// @return amount Wei of shares.
    function release(uint256 launchId) external returns (uint256 amount);

    /// @notice A launch.
    /// @param launchId The launch.
    /// @return known The launch.
    function launchOf(uint256 launchId) external view returns (Launch memory known);

    /// @notice A milestone of the proceeds.
    /// @param launchId The launch.
    /// @param index Its place, from 0.
    /// @return milestone The milestone.
    function milestoneOf(uint256 launchId, uint256 index) external view returns (Milestone memory milestone);

    /// @notice What somebody paid in.
    /// @param launchId The launch.
    /// @param buyer The account.
    /// @return paid The deposit.
    function depositOf(uint256 launchId, address buyer) external view returns (Deposit memory paid);

    /// @notice What a sale makes of a deposit if it ended now.
    /// @param launchId The launch.
    /// @param buyer The account.
    /// @return shares Wei of shares.
    /// @return paidBack OPEN wei.
    function outcomeOf(uint256 launchId, address buyer) external view returns (uint256 shares, uint256 paidBack);

    /// @notice OPEN wei that the sale would take in if it ended now.
    /// @param launchId The launch.
    /// @return amount OPEN wei.
    function raised(uint256 launchId) external view returns (uint256 amount);

    /// @notice Wei of the creator's shares that are vested now, released or not.
    /// @param launchId The launch.
    /// @return amount Wei of shares.
    function vested(uint256 launchId) external view returns (uint256 amount);

    /// @notice Number of launches; their ids count from 1.
    /// @return count Launches.
    function launchCount() external view returns (uint256 count);
}
