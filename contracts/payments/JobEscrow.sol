// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IEpochClock} from "../interfaces/IEpochClock.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IJobEscrow} from "../interfaces/IJobEscrow.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title JobEscrow
/// @notice See {IJobEscrow}.
contract JobEscrow is IJobEscrow {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;
    IEpochClock public immutable clock;
    IModelRegistry public immutable models;
    IInferenceMarket public immutable market;

    uint256 public jobCount;
    mapping(uint256 jobId => Job) private _jobs;

    constructor(IERC20 token_, IEpochClock clock_, IModelRegistry models_, IInferenceMarket market_) {
        token = token_;
        clock = clock_;
        models = models_;
        market = market_;
    }

    /// @inheritdoc IJobEscrow
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook
    ) external returns (uint256 jobId) {
        if (evaluator == address(0)) revert JobWithoutEvaluator();
        if (hook != address(0)) revert JobHookUnsupported(hook);
        _requireBefore(expiredAt);
        jobId = ++jobCount;
        _jobs[jobId] = Job(msg.sender, provider, evaluator, description, 0, expiredAt, Status.Open, address(0));
        emit JobCreated(jobId, msg.sender, provider, evaluator, expiredAt);
    }

    /// @inheritdoc IJobEscrow
    function setProvider(uint256 jobId, address provider, bytes calldata) external {
        Job storage job = _in(jobId, Status.Open);
        _requireCaller(jobId, job.client);
        if (job.provider != address(0)) revert JobHasProvider(jobId, job.provider);
        if (provider == address(0)) revert JobWithoutProvider(jobId);
        job.provider = provider;
        emit ProviderSet(jobId, provider);
    }

    /// @inheritdoc IJobEscrow
    function setBudget(uint256 jobId, uint256 amount, bytes calldata) external {
        Job storage job = _in(jobId, Status.Open);
        if (msg.sender != job.provider) _requireCaller(jobId, job.client);
        job.budget = amount;
        emit BudgetSet(jobId, amount);
    }

    /// @inheritdoc IJobEscrow
    function fund(uint256 jobId, uint256 expectedBudget, bytes calldata) external {
        Job storage job = _in(jobId, Status.Open);
        _requireCaller(jobId, job.client);
        _requireBefore(job.expiredAt);
        if (job.provider == address(0)) revert JobWithoutProvider(jobId);
        uint256 budget = job.budget;
        if (budget == 0 || budget != expectedBudget) revert JobBudgetDiffers(jobId, budget, expectedBudget);
        job.status = Status.Funded;
        emit JobFunded(jobId, msg.sender, budget);
        token.safeTransferFrom(msg.sender, address(this), budget);
    }

    /// @inheritdoc IJobEscrow
    function submit(uint256 jobId, bytes32 deliverable, bytes calldata) external {
        Job storage job = _in(jobId, Status.Funded);
        _requireCaller(jobId, job.provider);
        _submit(jobId, job, deliverable);
    }

    /// @inheritdoc IJobEscrow
    function submitForTill(uint256 jobId, uint256 modelId, bytes32 deliverable) external {
        Job storage job = _in(jobId, Status.Funded);
        if (job.provider != market.tillOf(modelId)) revert JobOfOtherTill(jobId, modelId);
        _requireCaller(jobId, models.providerOf(modelId, clock.current()));
        _submit(jobId, job, deliverable);
    }

    /// @inheritdoc IJobEscrow
    function complete(uint256 jobId, bytes32 reason, bytes calldata) external {
        Job storage job = _in(jobId, Status.Submitted);
        _requireCaller(jobId, job.evaluator);
        job.status = Status.Completed;
        emit JobCompleted(jobId, msg.sender, reason);
        emit PaymentReleased(jobId, job.provider, job.budget);
        token.safeTransfer(job.provider, job.budget);
    }

    /// @inheritdoc IJobEscrow
    function reject(uint256 jobId, bytes32 reason, bytes calldata) external {
        Job storage job = _jobs[jobId];
        bool isEscrowed = _isEscrowed(job);
        if (!isEscrowed && job.status != Status.Open) revert JobInState(jobId, job.status);
        _requireCaller(jobId, isEscrowed ? job.evaluator : job.client);
        job.status = Status.Rejected;
        emit JobRejected(jobId, msg.sender, reason);
        if (isEscrowed) _refund(jobId, job);
    }

    /// @inheritdoc IJobEscrow
    function claimRefund(uint256 jobId) external {
        Job storage job = _jobs[jobId];
        if (!_isEscrowed(job)) revert JobInState(jobId, job.status);
        if (block.timestamp < job.expiredAt) revert JobNotExpired(jobId, job.expiredAt);
        job.status = Status.Expired;
        emit JobExpired(jobId);
        _refund(jobId, job);
    }

    /// @inheritdoc IJobEscrow
    function getJob(uint256 jobId) external view returns (Job memory) {
        return _jobs[jobId];
    }

    /// @inheritdoc IJobEscrow
    function paymentIdOf(uint256 jobId) external view returns (bytes32) {
        return keccak256(abi.encode(address(this), jobId));
    }

    function _submit(uint256 jobId, Job storage job, bytes32 deliverable) private {
        job.status = Status.Submitted;
        emit JobSubmitted(jobId, job.provider, deliverable);
    }

    function _refund(uint256 jobId, Job storage job) private {
        emit Refunded(jobId, job.client, job.budget);
        token.safeTransfer(job.client, job.budget);
    }

    function _in(uint256 jobId, Status status) private view returns (Job storage job) {
        job = _jobs[jobId];
        if (job.status != status) revert JobInState(jobId, job.status);
    }

    function _isEscrowed(Job storage job) private view returns (bool) {
        return job.status == Status.Funded || job.status == Status.Submitted;
    }

    function _requireCaller(uint256 jobId, address expected) private view {
        if (msg.sender != expected) revert JobUnauthorized(jobId, msg.sender);
    }

    function _requireBefore(uint256 expiredAt) private view {
        if (block.timestamp >= expiredAt) revert JobAlreadyExpired(expiredAt);
    }
}
