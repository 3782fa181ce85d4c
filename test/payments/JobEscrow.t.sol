// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IJobEscrow} from "../../contracts/interfaces/IJobEscrow.sol";
import {JobEscrow} from "../../contracts/payments/JobEscrow.sol";
import {vm} from "../Vm.sol";
import {ReceiptWorld} from "./ReceiptWorld.sol";

/// @notice Everybody calls everything on four jobs, at any time; what may succeed is told by a second account of the rules.
contract JobsHandler is ReceiptWorld {
    uint256 public constant JOBS = 4;
    address public constant EVALUATOR = address(0xE1);
    address public constant WORKER = address(0xD1);
    address public constant STRANGER = address(0xF1);
    uint256 private constant LASTS = 1 days;

    enum Action {
        SetBudget,
        Fund,
        Submit,
        SubmitForTill,
        Complete,
        Reject,
        ClaimRefund
    }

    JobEscrow public escrow;
    uint256 public immutable expiredAt;
    mapping(uint256 jobId => IJobEscrow.Status) public statusOf;
    mapping(uint256 jobId => uint256) public budgetOf;
    uint256 public toTill;
    uint256 public toWorker;
    uint256 public immutable inTill;
    uint256 public immutable ofConsumer;

    constructor() {
        escrow = new JobEscrow(token, clock, models, market);
        expiredAt = time + LASTS;
        inTill = token.balanceOf(market.tillOf(MODEL));
        ofConsumer = token.balanceOf(consumer);
        vm.startPrank(consumer);
        token.approve(address(escrow), type(uint256).max);
        for (uint256 jobId = 1; jobId <= JOBS; ++jobId) {
            escrow.createJob(providerOf(jobId), evaluatorOf(jobId), expiredAt, "sort the files", address(0));
        }
        vm.stopPrank();
    }

    function providerOf(uint256 jobId) public view returns (address) {
        return jobId % 2 == 0 ? WORKER : market.tillOf(MODEL);
    }

    function evaluatorOf(uint256 jobId) public view returns (address) {
        return jobId > 2 ? consumer : EVALUATOR;
    }

    /// @dev Time passes slowly enough that jobs come to all their ends.
    function act(uint8 what, uint8 which, uint8 who, uint64 amount, uint16 later) external {
        if (later % 16 == 0) time += later / 2;
        vm.warp(time);
        Action action = Action(what % 7);
        uint256 jobId = 1 + (which % (JOBS + 1));
        address caller = [consumer, provider, EVALUATOR, WORKER, STRANGER][who % 5];
        uint256 expected = later % 8 == 7 ? amount : budgetOf[jobId];
        bool allowed = _isAllowed(action, jobId, caller, expected);
        vm.prank(caller);
        (bool done, ) = address(escrow).call(_encode(action, jobId, action == Action.SetBudget ? amount : expected));
        require(done == allowed, "another outcome than the rules have");
        if (done) _follow(action, jobId, amount);
    }

    function _isAllowed(Action action, uint256 jobId, address caller, uint256 expected) private view returns (bool) {
        if (jobId > JOBS) return false;
        IJobEscrow.Status status = statusOf[jobId];
        bool isOpen = status == IJobEscrow.Status.Open;
        bool isFunded = status == IJobEscrow.Status.Funded;
        bool isSubmitted = status == IJobEscrow.Status.Submitted;
        if (action == Action.SetBudget) return isOpen && (caller == consumer || caller == providerOf(jobId));
        if (action == Action.Fund) {
            return isOpen && caller == consumer && time < expiredAt && expected != 0 && expected == budgetOf[jobId];
        }
        if (action == Action.Submit) return isFunded && caller == providerOf(jobId);
        if (action == Action.SubmitForTill) return isFunded && jobId % 2 == 1 && caller == provider;
        if (action == Action.Complete) return isSubmitted && caller == evaluatorOf(jobId);
        if (action == Action.ClaimRefund) return (isFunded || isSubmitted) && time >= expiredAt;
        return isOpen ? caller == consumer : (isFunded || isSubmitted) && caller == evaluatorOf(jobId);
    }

    function _encode(Action action, uint256 jobId, uint256 amount) private view returns (bytes memory) {
        if (action == Action.SetBudget) return abi.encodeCall(escrow.setBudget, (jobId, amount, ""));
        if (action == Action.Fund) return abi.encodeCall(escrow.fund, (jobId, amount, ""));
        if (action == Action.Submit) return abi.encodeCall(escrow.submit, (jobId, "done", ""));
        if (action == Action.SubmitForTill) return abi.encodeCall(escrow.submitForTill, (jobId, MODEL, "done"));
        if (action == Action.Complete) return abi.encodeCall(escrow.complete, (jobId, "good", ""));
        if (action == Action.Reject) return abi.encodeCall(escrow.reject, (jobId, "bad", ""));
        return abi.encodeCall(escrow.claimRefund, (jobId));
    }

    function _follow(Action action, uint256 jobId, uint256 amount) private {
        if (action == Action.SetBudget) budgetOf[jobId] = amount;
        if (action == Action.Fund) statusOf[jobId] = IJobEscrow.Status.Funded;
        if (action == Action.Submit || action == Action.SubmitForTill) statusOf[jobId] = IJobEscrow.Status.Submitted;
        if (action == Action.Reject) statusOf[jobId] = IJobEscrow.Status.Rejected;
        if (action == Action.ClaimRefund) statusOf[jobId] = IJobEscrow.Status.Expired;
        if (action != Action.Complete) return;
        statusOf[jobId] = IJobEscrow.Status.Completed;
        if (providerOf(jobId) == WORKER) toWorker += budgetOf[jobId];
        else toTill += budgetOf[jobId];
    }
}

contract JobEscrowTest {
    JobsHandler private _handler = new JobsHandler();

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_EveryBudgetIsEscrowedPaidOrBack() public view {
        JobEscrow escrow = _handler.escrow();
        uint256 held;
        for (uint256 jobId = 1; jobId <= _handler.JOBS(); ++jobId) {
            IJobEscrow.Job memory job = escrow.getJob(jobId);
            require(job.status == _handler.statusOf(jobId), "state");
            require(job.budget == _handler.budgetOf(jobId), "budget");
            if (job.status == IJobEscrow.Status.Funded || job.status == IJobEscrow.Status.Submitted) held += job.budget;
        }
        (uint256 toTill, uint256 toWorker) = (_handler.toTill(), _handler.toWorker());
        require(_balanceOf(address(escrow)) == held, "held");
        require(_balanceOf(_handler.providerOf(1)) == _handler.inTill() + toTill, "till");
        require(_balanceOf(_handler.WORKER()) == toWorker, "worker");
        require(_balanceOf(_handler.consumer()) == _handler.ofConsumer() - held - toTill - toWorker, "client");
    }

    function test_JobsThatCannotBeJudgedOrHookedAreRefused() public {
        JobEscrow escrow = _handler.escrow();
        uint256 later = _handler.time() + 1;
        vm.expectRevert(IJobEscrow.JobWithoutEvaluator.selector);
        escrow.createJob(address(1), address(0), later, "", address(0));
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobHookUnsupported.selector, address(2)));
        escrow.createJob(address(1), address(this), later, "", address(2));
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobAlreadyExpired.selector, later - 1));
        escrow.createJob(address(1), address(this), later - 1, "", address(0));
    }

    function test_ProviderIsChosenOnceAndBeforeMoneyIs() public {
        JobEscrow escrow = _handler.escrow();
        uint256 jobId = escrow.createJob(address(0), address(this), _handler.time() + 1, "", address(0));
        escrow.setBudget(jobId, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobWithoutProvider.selector, jobId));
        escrow.fund(jobId, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobWithoutProvider.selector, jobId));
        escrow.setProvider(jobId, address(0), "");
        vm.prank(address(3));
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobUnauthorized.selector, jobId, address(3)));
        escrow.setProvider(jobId, address(3), "");
        escrow.setProvider(jobId, address(1), "");
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobHasProvider.selector, jobId, address(1)));
        escrow.setProvider(jobId, address(2), "");
    }

    /// @dev A price that the provider raises just before the client pays is not paid.
    function test_ClientPaysNoOtherPriceThanItExpects() public {
        (JobEscrow escrow, address client) = (_handler.escrow(), _handler.consumer());
        vm.prank(_handler.WORKER());
        escrow.setBudget(2, 2e18, "");
        vm.prank(client);
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobBudgetDiffers.selector, 2, 2e18, 1e18));
        escrow.fund(2, 1e18, "");
    }

    /// @dev The provider of one model does not speak for the till of another.
    function testFuzz_NobodyElseSubmitsForATill(uint8 modelId, address caller) public {
        (JobEscrow escrow, address client) = (_handler.escrow(), _handler.consumer());
        uint256 model = _handler.MODEL();
        vm.assume(modelId != model || caller != _handler.provider());
        vm.startPrank(client);
        escrow.setBudget(1, 1e18, "");
        escrow.fund(1, 1e18, "");
        vm.stopPrank();
        vm.prank(caller);
        if (modelId != model) vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobOfOtherTill.selector, 1, modelId));
        else vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobUnauthorized.selector, 1, caller));
        escrow.submitForTill(1, modelId, "done");
    }

    /// @dev Nobody is asked: the evaluator's silence, also about work that was submitted, sends the budget back.
    function test_SilenceSendsTheBudgetBack() public {
        (JobEscrow escrow, address client) = (_handler.escrow(), _handler.consumer());
        vm.startPrank(client);
        escrow.setBudget(1, 1e18, "");
        escrow.fund(1, 1e18, "");
        vm.stopPrank();
        uint256 model = _handler.MODEL();
        vm.prank(_handler.provider());
        escrow.submitForTill(1, model, "done");
        uint256 end = _handler.expiredAt();
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobNotExpired.selector, 1, end));
        escrow.claimRefund(1);
        vm.warp(end);
        escrow.claimRefund(1);
        require(_balanceOf(client) == _handler.ofConsumer(), "not back");
        vm.expectRevert(abi.encodeWithSelector(IJobEscrow.JobInState.selector, 1, IJobEscrow.Status.Expired));
        escrow.claimRefund(1);
    }

    function test_PaymentsOfJobsHaveNamesOfTheirOwn() public view {
        JobEscrow escrow = _handler.escrow();
        require(escrow.paymentIdOf(1) == keccak256(abi.encode(address(escrow), 1)), "name");
        require(escrow.paymentIdOf(1) != escrow.paymentIdOf(2), "names");
    }

    function _balanceOf(address account) private view returns (uint256) {
        return _handler.token().balanceOf(account);
    }
}
