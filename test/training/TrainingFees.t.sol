// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IStakeManager} from "../../contracts/interfaces/IStakeManager.sol";
import {IStakePools} from "../../contracts/interfaces/IStakePools.sol";
import {ITrainingFees} from "../../contracts/interfaces/ITrainingFees.sol";
import {StakeManager} from "../../contracts/staking/StakeManager.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {TrainingFees} from "../../contracts/training/TrainingFees.sol";
import {vm} from "../Vm.sol";
import {announced} from "../access/announced.sol";
import {Agreement} from "../staking/Agreement.sol";

/// @notice Stands for the model registry: escrows, commits, reveals, claims and refunds at random, and keeps plain books.
contract TrainingHandler {
    uint256 public constant OPERATORS = 4;
    uint256 private constant FIRST_KEY = 0x7A11;
    address public constant PUBLISHER = address(77);

    struct Books {
        uint256 fee;
        uint256 paidOut;
        uint256 refunded;
        uint256 revealed;
    }

    OpenToken public token = new OpenToken(address(this), address(0));
    StakeManager public stakes;
    TrainingFees public fees;
    uint256 public time = 100_000_000;
    Books[] private _books;
    mapping(uint256 version => mapping(uint256 operator => bytes32)) private _digests;
    mapping(uint256 version => mapping(uint256 operator => bool)) private _revealed;
    mapping(uint256 version => mapping(uint256 operator => bool)) private _claimed;

    constructor() {
        vm.warp(time);
        stakes = new StakeManager(
            token,
            new EpochClock(address(this), 1 days, 1 hours),
            address(this),
            address(41),
            _parameters()
        );
        fees = new TrainingFees(token, stakes, IModelRegistry(address(this)), address(this), _prices(1e18));
        token.transfer(PUBLISHER, 1e26);
        vm.prank(PUBLISHER);
        token.approve(address(fees), type(uint256).max);
        for (uint256 i = 0; i < OPERATORS; ++i) {
            token.transfer(operatorAt(i), 1e24);
            bytes memory agreement = Agreement.sign(stakes, FIRST_KEY + i, operatorAt(i), IStakePools.Role.Oracle);
            vm.startPrank(operatorAt(i));
            token.approve(address(stakes), 1e24);
            stakes.register(IStakePools.Role.Oracle, operatorAt(i), 0, type(uint256).max, agreement);
            // Shares of different sizes, none of which divides a fee.
            stakes.stake(IStakePools.Role.Oracle, operatorAt(i), 1e18 * (3 + i) + i, 0, 0);
            vm.stopPrank();
        }
        time += 1 hours;
        vm.warp(time);
        stakes.snapshotQuorum();
    }

    function escrow(uint64 rows, uint256 maxFee) external {
        vm.warp(time);
        IModelRegistry.Size memory size = IModelRegistry.Size(rows % 1_000, 7, 3, 1);
        maxFee %= 1e25;
        bool possible = size.rows != 0 && fees.feeOf(size.rows == 0 ? IModelRegistry.Size(1, 1, 1, 1) : size) <= maxFee;
        if (!possible) vm.expectRevert();
        uint256 fee = fees.escrow(_books.length + 1, PUBLISHER, size, maxFee);
        if (possible) _books.push(Books(fee, 0, 0, 0));
    }

    function commit(uint256 which, uint256 operator, bytes32 digest) external {
        if (_books.length == 0) return;
        vm.warp(time);
        (which, operator) = (which % _books.length, operator % OPERATORS);
        (, , , uint256 commitEnds, , ) = fees.trainingOf(which + 1);
        bool possible = time < commitEnds && _digests[which][operator] == 0;
        if (digest == 0) digest = "digest";
        vm.prank(operatorAt(operator));
        if (!possible) vm.expectRevert();
        fees.commit(which + 1, keccak256(abi.encode(digest, bytes32(operator), operatorAt(operator))));
        if (possible) _digests[which][operator] = digest;
    }

    function reveal(uint256 which, uint256 operator, bool forged) external {
        if (_books.length == 0) return;
        vm.warp(time);
        (which, operator) = (which % _books.length, operator % OPERATORS);
        (, , uint64 snapshotId, uint256 commitEnds, uint256 revealEnds, ) = fees.trainingOf(which + 1);
        bytes32 digest = _digests[which][operator];
        bool possible =
            time >= commitEnds && time < revealEnds && digest != 0 && !forged && !_revealed[which][operator];
        uint256 member = _memberOf(snapshotId, operatorAt(operator));
        vm.prank(operatorAt(operator));
        if (!possible) vm.expectRevert();
        fees.reveal(which + 1, member, forged ? bytes32(uint256(1)) : digest, bytes32(operator));
        if (!possible) return;
        _revealed[which][operator] = true;
        ++_books[which].revealed;
    }

    function claim(uint256 which, uint256 operator) external {
        if (_books.length == 0) return;
        vm.warp(time);
        (which, operator) = (which % _books.length, operator % OPERATORS);
        (, , , , uint256 revealEnds, ) = fees.trainingOf(which + 1);
        bool possible = time >= revealEnds && _revealed[which][operator] && !_claimed[which][operator];
        uint256 before = token.balanceOf(operatorAt(operator));
        if (!possible) vm.expectRevert();
        uint256 amount = fees.claim(which + 1, operatorAt(operator));
        if (!possible) return;
        _claimed[which][operator] = true;
        _books[which].paidOut += amount;
        --_books[which].revealed;
        require(token.balanceOf(operatorAt(operator)) == before + amount, "paid");
        require(_books[which].revealed != 0 || _books[which].paidOut == _books[which].fee, "the last takes the rest");
    }

    function refund(uint256 which) external {
        if (_books.length == 0) return;
        vm.warp(time);
        which %= _books.length;
        Books storage books = _books[which];
        (, , , , uint256 revealEnds, ) = fees.trainingOf(which + 1);
        bool possible = time >= revealEnds && books.revealed == 0 && books.paidOut == 0 && books.refunded == 0;
        if (!possible) vm.expectRevert();
        uint256 amount = fees.refund(which + 1);
        if (possible) books.refunded += amount;
    }

    function setPrices(uint64 base) external {
        vm.warp(time);
        ITrainingFees.Prices memory prices = _prices(base);
        announced(address(fees), abi.encodeCall(fees.setPrices, (prices)));
        fees.setPrices(prices);
    }

    function pass(uint256 duration) external {
        time += duration % 2 hours;
    }

    function operatorAt(uint256 i) public pure returns (address) {
        return vm.addr(FIRST_KEY + i);
    }

    /// @notice What must still be escrowed, and what must have come to all others.
    function totals() external view returns (uint256 escrowed, uint256 paidOut) {
        for (uint256 i = 0; i < _books.length; ++i) {
            Books memory books = _books[i];
            escrowed += books.fee - books.paidOut - books.refunded;
            paidOut += books.paidOut;
            require(fees.isPaid(i + 1) == (books.revealed != 0 || books.paidOut != 0), "paid for");
        }
    }

    function _memberOf(uint64 snapshotId, address operator) private view returns (uint256 member) {
        while (stakes.operatorAt(snapshotId, member) != operator) ++member;
    }

    function _prices(uint96 base) private pure returns (ITrainingFees.Prices memory) {
        return ITrainingFees.Prices(base, 1e15 + 1, 1e6, 100, 1 hours, 1 hours);
    }

    function _parameters() private pure returns (IStakeManager.Parameters memory) {
        return
            IStakeManager.Parameters({
                minStake: 1,
                quorumFloor: 1,
                activationDelay: 1,
                unbondingPeriod: 30 days,
                snapshotLifetime: 10 days,
                snapshotInterval: 1 days,
                jailPeriod: 1 days,
                minSigners: 1,
                challengerBps: 0
            });
    }
}

contract TrainingFeesInvariant {
    TrainingHandler internal handler;

    function setUp() public {
        handler = new TrainingHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_EveryFeeIsEscrowedWithItsOperatorsOrBackWithItsPublisher() public view {
        (uint256 escrowed, uint256 paidOut) = handler.totals();
        OpenToken token = handler.token();
        require(token.balanceOf(address(handler.fees())) == escrowed, "escrowed");
        require(token.balanceOf(handler.PUBLISHER()) == 1e26 - escrowed - paidOut, "publisher");
    }
}
