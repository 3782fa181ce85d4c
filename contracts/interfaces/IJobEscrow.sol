// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IJobEscrow
/// @notice Holds what a job costs until somebody whom its client has chosen says that it is done, with the functions and events of
/// ERC-8183. Nobody owns it and nothing changes it; it takes OPEN alone and no part of it.
/// @dev The client gets the whole budget back by default: only the evaluator's word pays the provider. A client that is its own
/// evaluator can take the work and say no; an evaluator that is the provider's can pay for nothing. Both choose whom they deal with:
/// the evaluator is fixed before anything is escrowed. Hooks are refused, not ignored.
interface IJobEscrow {
    enum Status {
        Open,
        Funded,
        Submitted,
        Completed,
        Rejected,
        Expired
    }

    struct Job {
        address client;
        /// Who is paid. The till of a model is a provider, for which the model's compute provider submits.
        address provider;
        address evaluator;
        string description;
        /// OPEN wei.
        uint256 budget;
        /// From this second on the budget can be sent back.
        uint256 expiredAt;
        Status status;
        /// Always 0.
        address hook;
    }

    /// @notice A client described a job.
    /// @param jobId Number of the job, from 1.
    /// @param client Who pays.
    /// @param provider Who is to do it; 0: not chosen yet.
    /// @param evaluator Who judges it.
    /// @param expiredAt From when on the budget can be sent back.
    event JobCreated(
        uint256 indexed jobId,
        address indexed client,
        address indexed provider,
        address evaluator,
        uint256 expiredAt
    );
    /// @notice The client chose the provider.
    /// @param jobId The job.
    /// @param provider Who is to do it.
    event ProviderSet(uint256 indexed jobId, address indexed provider);
    /// @notice The client or the provider named another price.
    /// @param jobId The job.
    /// @param amount OPEN wei.
    event BudgetSet(uint256 indexed jobId, uint256 amount);
    /// @notice The client escrowed the budget.
    /// @param jobId The job.
    /// @param client Who paid.
    /// @param amount OPEN wei.
    event JobFunded(uint256 indexed jobId, address indexed client, uint256 amount);
    /// @notice The provider says that the job is done.
    /// @param jobId The job.
    /// @param provider Who did it.
    /// @param deliverable Hash of what was done.
    event JobSubmitted(uint256 indexed jobId, address indexed provider, bytes32 deliverable);
    /// @notice The evaluator took it.
    /// @param jobId The job.
    /// @param evaluator Who judged.
    /// @param reason Hash of why.
    event JobCompleted(uint256 indexed jobId, address indexed evaluator, bytes32 reason);
    /// @notice The client withdrew a job that was not funded, or the evaluator refused it.
    /// @param jobId The job.
    /// @param rejector Who did.
    /// @param reason Hash of why.
    event JobRejected(uint256 indexed jobId, address indexed rejector, bytes32 reason);
    /// @notice Nobody had judged the job in time.
    /// @param jobId The job.
    event JobExpired(uint256 indexed jobId);
    /// @notice The budget went to the provider. Receipts of a model name the payment by {paymentIdOf}.
    /// @param jobId The job.
    /// @param provider Who got it.
    /// @param amount OPEN wei.
    event PaymentReleased(uint256 indexed jobId, address indexed provider, uint256 amount);
    /// @notice The budget went back.
    /// @param jobId The job.
    /// @param client Who got it.
    /// @param amount OPEN wei.
    event Refunded(uint256 indexed jobId, address indexed client, uint256 amount);

    /// @notice The caller plays no part in the job that lets it do this, or there is no such job.
    /// @param jobId The job.
    /// @param caller Who called.
    error JobUnauthorized(uint256 jobId, address caller);
    /// @notice In its state this cannot be done to the job.
    /// @param jobId The job.
    /// @param status Its state.
    error JobInState(uint256 jobId, Status status);
    /// @notice A job needs somebody who judges it; the client may.
    error JobWithoutEvaluator();
    /// @notice A job needs a provider before it is funded.
    /// @param jobId The job.
    error JobWithoutProvider(uint256 jobId);
    /// @notice The provider was chosen before.
    /// @param jobId The job.
    /// @param provider Who it is.
    error JobHasProvider(uint256 jobId, address provider);
    /// @notice The time of the job is over.
    /// @param expiredAt When it was.
    error JobAlreadyExpired(uint256 expiredAt);
    /// @notice The time of the job is not over.
    /// @param jobId The job.
    /// @param expiredAt When it is.
    error JobNotExpired(uint256 jobId, uint256 expiredAt);
    /// @notice The budget is not what the client expects, or nothing.
    /// @param jobId The job.
    /// @param budget OPEN wei.
    /// @param expected OPEN wei.
    error JobBudgetDiffers(uint256 jobId, uint256 budget, uint256 expected);
    /// @notice Jobs have no hooks here.
    /// @param hook What was named.
    error JobHookUnsupported(address hook);
    /// @notice The job is not paid to the till of the model.
    /// @param jobId The job.
    /// @param modelId The model.
    error JobOfOtherTill(uint256 jobId, uint256 modelId);

    /// @notice Describes a job, of which the caller is the client.
    /// @param provider Who is to do it; 0: chosen later.
    /// @param evaluator Who judges it; the client may itself.
    /// @param expiredAt From which second on the budget can be sent back.
    /// @param description What is to be done, or its hash.
    /// @param hook 0.
    /// @return jobId Number of the job.
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook
    ) external returns (uint256 jobId);

    /// @notice Chooses the provider of an open job that has none. Client only.
    /// @param jobId The job.
    /// @param provider Who is to do it.
    /// @param optParams Not read.
    function setProvider(uint256 jobId, address provider, bytes calldata optParams) external;

    /// @notice Names the price of an open job. Client or provider.
    /// @param jobId The job.
    /// @param amount OPEN wei.
    /// @param optParams Not read.
    function setBudget(uint256 jobId, uint256 amount, bytes calldata optParams) external;

    /// @notice Escrows the budget, which the client has approved. Client only.
    /// @param jobId The job.
    /// @param expectedBudget What the client takes the budget to be, whatever the provider has made of it.
    /// @param optParams Not read.
    function fund(uint256 jobId, uint256 expectedBudget, bytes calldata optParams) external;

    /// @notice Says that a funded job is done. Provider only.
    /// @param jobId The job.
    /// @param deliverable Hash of what was done.
    /// @param optParams Not read.
    function submit(uint256 jobId, bytes32 deliverable, bytes calldata optParams) external;

    /// @notice {submit} for a job that is paid to the till of a model. The model's compute provider of this epoch only.
    /// @param jobId The job.
    /// @param modelId The model.
    /// @param deliverable Hash of what was done: of the answers of a model, the root of their receipts.
    function submitForTill(uint256 jobId, uint256 modelId, bytes32 deliverable) external;

    /// @notice Pays the provider for what was submitted. Evaluator only.
    /// @param jobId The job.
    /// @param reason Hash of why; 0: not said.
    /// @param optParams Not read.
    function complete(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Withdraws an open job, as its client; or refuses a funded or submitted one, as its evaluator: the budget goes back.
    /// @param jobId The job.
    /// @param reason Hash of why; 0: not said.
    /// @param optParams Not read.
    function reject(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Sends the budget of a job that was not judged in time back to its client. Anyone may call.
    /// @param jobId The job.
    function claimRefund(uint256 jobId) external;

    /// @notice A job; one of nobody where there is none.
    /// @param jobId The job.
    /// @return job The job.
    function getJob(uint256 jobId) external view returns (Job memory job);

    /// @notice How receipts for the answers of a job name its payment.
    /// @param jobId The job.
    /// @return paymentId keccak256(abi.encode(this contract, jobId)).
    function paymentIdOf(uint256 jobId) external view returns (bytes32 paymentId);
}
