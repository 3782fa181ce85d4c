// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ModelGrants} from "../../contracts/governance/ModelGrants.sol";
import {ILaunchpad} from "../../contracts/interfaces/ILaunchpad.sol";
import {IModelGrants} from "../../contracts/interfaces/IModelGrants.sol";
import {IUniswapV2Factory, IUniswapV2Pair} from "../../contracts/interfaces/IUniswapV2.sol";
import {Launchpad} from "../../contracts/liquidity/Launchpad.sol";
import {ModelShares} from "../../contracts/liquidity/ModelShares.sol";
import {ShareIssuer} from "../../contracts/liquidity/ShareIssuer.sol";
import {ModelRegistry} from "../../contracts/model/ModelRegistry.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {Lineage} from "../payments/InferenceMarket.t.sol";
import {deployExchange} from "./Exchange.sol";

/// @notice Buyers, a contributor, donors and people in a hurry around the launch of a model, at any time.
contract LaunchHandler {
    uint256 public constant PEOPLE = 4;
    uint96 public constant SOFT_CAP = 1000e18;
    uint96 public constant HARD_CAP = 2500e18;
    uint256 public constant MODEL = 3;

    Lineage private lineage = new Lineage();
    OpenToken public token = lineage.token();
    ModelRegistry public models = lineage.models();
    IUniswapV2Factory private exchange = deployExchange();
    ModelGrants public grants;
    Launchpad public launchpad;
    ModelShares public shares;
    IUniswapV2Pair public pair;
    uint64 public endsAt;

    mapping(address account => uint256) public deposited;
    mapping(address account => uint256) public paidBack;
    mapping(address account => uint256) public bought;
    uint256 public donated;
    uint256 public finished;
    uint256 private time = lineage.time();

    modifier at(uint32 later) {
        time += later % 1 days;
        vm.warp(time);
        _;
    }

    constructor() {
        vm.warp(time);
        grants = new ModelGrants(token, lineage.clock(), models, lineage.indexes(), lineage.distributors(0));
        ModelShares implementation = new ModelShares(
            ModelShares.Collaborators({
                token: token,
                market: lineage.market(),
                models: models,
                datanets: models.datanets(),
                agents: address(0),
                grants: grants,
                exchange: exchange
            }),
            1 days
        );
        launchpad = new Launchpad(
            Launchpad.Collaborators({
                token: token,
                clock: lineage.clock(),
                contributions: models.contributions(),
                models: models,
                indexes: lineage.indexes(),
                issuer: new ShareIssuer(implementation),
                exchange: exchange
            })
        );
        for (uint256 i = 0; i < PEOPLE; ++i) _give(person(i), 1e22);
        _give(address(this), 1e22);
        vm.prank(address(lineage));
        token.approve(address(launchpad), type(uint256).max);
        _launch();
    }

    function person(uint256 i) public pure returns (address) {
        return address(uint160(1000 + i));
    }

    /// @dev Owns the only contribution that the model was trained on.
    function contributor() public view returns (address) {
        return address(lineage);
    }

    function creator() public view returns (address) {
        return lineage.OWNER();
    }

    function deposit(uint8 who, uint96 amount, uint32 later) external at(later) {
        if (time >= endsAt) return;
        _deposit(person(who % PEOPLE), 1 + (amount % 400e18), new uint256[](0));
    }

    function depositByRight(uint96 amount, uint32 later) external at(later) {
        if (time >= endsAt) return;
        bool used = deposited[contributor()] != 0;
        uint256[] memory ids = new uint256[](used ? 0 : 1);
        if (!used) ids[0] = 1;
        _deposit(contributor(), 1 + (amount % 600e18), ids);
    }

    /// @dev The contribution is somebody else's.
    function depositWithForeignRight(uint8 who, uint96 amount) external {
        uint256[] memory ids = new uint256[](1);
        ids[0] = 1;
        vm.prank(person(who % PEOPLE));
        vm.expectRevert();
        launchpad.deposit(1, 1 + (amount % 1e18), ids);
    }

    /// @dev Money for the pair and for the launchpad, to change a price or to stop a graduation.
    function donate(uint96 amount, bool toPair, bool synced, uint32 later) external at(later) {
        amount = 1 + (amount % 10e18);
        token.transfer(toPair ? address(pair) : address(launchpad), amount);
        if (!toPair) donated += amount;
        else if (synced) pair.sync();
    }

    function finish(uint32 later) external at(later) {
        bool over = finished != 0 || time < endsAt;
        bool enough = launchpad.raised(1) >= SOFT_CAP;
        if (over || !enough) vm.expectRevert();
        launchpad.graduate(1);
        if (!over && enough) ++finished;
        over = finished != 0 || time < endsAt;
        if (over || enough) vm.expectRevert();
        launchpad.fail(1);
        if (!over && !enough) ++finished;
    }

    function toTheEnd() external {
        if (time < endsAt) time = endsAt;
        vm.warp(time);
    }

    /// @dev A second time it reverts.
    function collect(uint8 who, uint32 later) external at(later) {
        address account = who % 5 == 4 ? contributor() : person(who % 5);
        bool pending = finished == 0;
        bool nothing = deposited[account] == 0 || paidBack[account] + bought[account] != 0;
        (uint256 money, uint256 held) = (token.balanceOf(account), shares.balanceOf(account));
        if (pending || nothing) vm.expectRevert();
        launchpad.collect(1, account);
        paidBack[account] += token.balanceOf(account) - money;
        bought[account] += shares.balanceOf(account) - held;
    }

    function release(uint32 later) external at(later) {
        if (launchpad.vested(1) == launchpad.launchOf(1).released) vm.expectRevert();
        launchpad.release(1);
    }

    function _deposit(address account, uint256 amount, uint256[] memory ids) private {
        if (account != contributor() && token.balanceOf(account) < amount) return;
        vm.prank(account);
        launchpad.deposit(1, uint96(amount), ids);
        deposited[account] += amount;
    }

    function _launch() private {
        endsAt = uint64(time + 5 days);
        ILaunchpad.Milestone[] memory milestones = new ILaunchpad.Milestone[](2);
        milestones[0] = ILaunchpad.Milestone(IModelGrants.Check.VersionActivated, 3333, 1 days, 0);
        milestones[1] = ILaunchpad.Milestone(IModelGrants.Check.Review, 6667, 1 days, 0);
        vm.startPrank(creator());
        models.approve(address(launchpad), MODEL);
        launchpad.launch(
            ILaunchpad.Terms({
                modelId: MODEL,
                name: "Model 3",
                symbol: "M3",
                disclosure: "disclosed",
                uri: "",
                softCap: SOFT_CAP,
                hardCap: HARD_CAP,
                contributorsBps: 2000,
                soldBps: 4000,
                endsAt: endsAt,
                cliff: 1 days,
                vesting: 90 days,
                deadline: 60 days,
                reviewPeriod: 3 days
            }),
            milestones
        );
        vm.stopPrank();
        shares = ModelShares(launchpad.launchOf(1).shares);
        pair = IUniswapV2Pair(exchange.getPair(address(shares), address(token)));
    }

    function _give(address to, uint256 amount) private {
        vm.prank(address(lineage));
        token.transfer(to, amount);
        vm.prank(to);
        token.approve(address(launchpad), type(uint256).max);
    }
}

contract LaunchpadInvariantTest {
    LaunchHandler private handler;

    function setUp() external {
        handler = new LaunchHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_everyDepositIsThereOrWentWhereItShould() external view {
        (uint256 deposited, uint256 paidBack, ) = _sums();
        uint256 accepted = _status() == ILaunchpad.Status.Graduated ? handler.launchpad().raised(1) : 0;
        uint256 held = handler.token().balanceOf(address(handler.launchpad()));
        require(held == deposited + handler.donated() - paidBack - accepted, "OPEN was lost or made");
    }

    function invariant_belowTheSoftCapEverythingComesBack() external view {
        if (_status() != ILaunchpad.Status.Failed) return;
        for (uint256 i = 0; i <= handler.PEOPLE(); ++i) {
            address account = _account(i);
            (uint256 shares, uint256 back) = handler.launchpad().outcomeOf(1, account);
            uint256 paid = handler.deposited(account);
            require(shares == 0 && back == paid, "a refund is not whole");
            require(handler.paidBack(account) == 0 || handler.paidBack(account) == paid, "a refund was not whole");
        }
        require(handler.models().ownerOf(handler.MODEL()) == handler.creator(), "the model is not back");
    }

    function invariant_nobodyFinishesEarlyOrTwice() external view {
        require(handler.finished() <= 1, "finished twice");
        require((handler.finished() == 0) == (_status() == ILaunchpad.Status.Selling), "status");
        if (_status() == ILaunchpad.Status.Graduated)
            require(handler.launchpad().launchOf(1).graduatedAt >= handler.endsAt(), "early");
    }

    function invariant_noShareIsInThePairBeforeTheGraduation() external view {
        ModelShares shares = handler.shares();
        if (_status() == ILaunchpad.Status.Selling)
            require(shares.balanceOf(address(handler.launchpad())) == shares.SUPPLY(), "a share left");
        if (_status() != ILaunchpad.Status.Graduated)
            require(shares.balanceOf(address(handler.pair())) == 0, "a share is in the pair");
    }

    /// @notice Everybody pays the same for a share, to a wei of money and one of shares.
    function invariant_onePrice() external view {
        if (_status() != ILaunchpad.Status.Graduated) return;
        Launchpad launchpad = handler.launchpad();
        (uint256 sold, uint256 money) = (launchpad.launchOf(1).sold, launchpad.raised(1));
        for (uint256 i = 0; i <= handler.PEOPLE(); ++i) {
            address account = _account(i);
            (uint256 shares, uint256 back) = launchpad.outcomeOf(1, account);
            uint256 paid = handler.deposited(account) - back;
            require(shares * money <= paid * sold, "cheaper");
            require((shares + 1) * money + 2 * sold > paid * sold, "dearer");
        }
    }

    function invariant_graduationLocksLiquidityAndFundsTheMilestones() external view {
        if (_status() != ILaunchpad.Status.Graduated) return;
        Launchpad launchpad = handler.launchpad();
        uint256 money = launchpad.raised(1);
        IUniswapV2Pair pair = handler.pair();
        require(pair.totalSupply() == pair.balanceOf(launchpad.LOCK()) + 1000, "somebody has liquidity");
        require(handler.shares().balanceOf(address(pair)) == launchpad.launchOf(1).sold / 2, "shares in the pair");
        require(handler.token().balanceOf(address(pair)) >= money / 2, "money in the pair");
        require(handler.token().balanceOf(address(handler.grants())) == money - money / 2, "proceeds");
        (, , uint256 bought) = _sums();
        require(bought <= launchpad.launchOf(1).sold, "more than was sold");
    }

    function _status() private view returns (ILaunchpad.Status) {
        return handler.launchpad().launchOf(1).status;
    }

    function _account(uint256 i) private view returns (address) {
        return i == handler.PEOPLE() ? handler.contributor() : handler.person(i);
    }

    function _sums() private view returns (uint256 deposited, uint256 paidBack, uint256 bought) {
        for (uint256 i = 0; i <= handler.PEOPLE(); ++i) {
            address account = _account(i);
            deposited += handler.deposited(account);
            paidBack += handler.paidBack(account);
            bought += handler.bought(account);
        }
    }
}
