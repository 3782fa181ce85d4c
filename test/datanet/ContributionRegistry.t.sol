// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {ContributionRegistry} from "../../contracts/datanet/ContributionRegistry.sol";
import {IContributionRegistry} from "../../contracts/interfaces/IContributionRegistry.sol";
import {EpochClock} from "../../contracts/time/EpochClock.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {vm} from "../Vm.sol";
import {Erc721Handler} from "../token/Erc721Handler.sol";
import {KeyWallet} from "../token/KeyWallet.sol";
import {anyPrice, Registries} from "./Registries.sol";

/// @notice The EIP-712 digest of a consent, written out; for the first Datanet, with an empty URI.
function consentDigest(
    address registry,
    address contributor,
    IContributionRegistry.Part[] memory parts,
    IContributionRegistry.Caps memory caps,
    uint256 nonce,
    uint256 deadline
) view returns (bytes32) {
    bytes32 domain = keccak256(
        abi.encode(
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
            keccak256("OpenLedger"),
            keccak256("2"),
            block.chainid,
            registry
        )
    );
    bytes32 typeHash = keccak256(
        "Consent(address contributor,uint256 datanetId,bytes32 partsHash,string uri,uint96 bond,uint96 reviewFee,uint64 judgeModelId,uint256 nonce,uint256 deadline)"
    );
    bytes32 partsHash = keccak256(abi.encode(parts));
    bytes memory terms = abi.encode(caps.bond, caps.reviewFee, caps.judgeModelId);
    bytes32 structHash = keccak256(
        bytes.concat(abi.encode(typeHash, contributor, 1, partsHash, keccak256("")), terms, abi.encode(nonce, deadline))
    );
    return MessageHashUtils.toTypedDataHash(domain, structHash);
}

/// @notice Calls every function of the registry as contributors, review, harm charges and owner, and keeps plain books.
contract BondHandler is Erc721Handler {
    uint96 public constant BOND = 1e18;
    uint96 public constant FEE = 3e17;
    uint256 public constant START = 1e26;
    address public constant SINK = address(33);

    ContributionRegistry public contributions;
    OpenToken public token;
    EpochClock private _clock;
    address private _owner;

    /// Fees of submissions that are not decided.
    uint256 public openFees;
    /// Sum of `bond`.
    uint256 public openBonds;
    uint256 public accepted;
    mapping(uint256 id => IContributionRegistry.Status) public status;
    mapping(uint256 id => uint256) public bond;
    mapping(uint256 id => uint256) private _revokedIn;
    mapping(address account => uint256) public balance;
    mapping(address account => uint256) private _nonce;

    constructor() {
        Registries registries = new Registries(BOND, FEE);
        _owner = address(registries);
        contributions = registries.contributions();
        registries.setReview(address(this));
        registries.setHarmCharges(address(this));
        token = registries.token();
        _clock = registries.clock();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            registries.give(personAt(i), START);
            balance[personAt(i)] = START;
            vm.prank(personAt(i));
            token.approve(address(contributions), type(uint256).max);
        }
    }

    function submit(uint256 by, uint8 size) external {
        IContributionRegistry.Part[] memory parts = _parts(size);
        vm.prank(personAt(by));
        contributions.submit(1, parts, "", anyPrice());
        _bookSubmission(personAt(by), personAt(by), parts.length);
    }

    /// @dev Now and then too late, signed by somebody else, or with a consent that was used or cancelled.
    function submitFor(uint256 by, uint256 whose, uint8 size, uint8 flaw) external {
        address contributor = personAt(whose);
        IContributionRegistry.Part[] memory parts = _parts(size);
        uint256 deadline = flaw % 6 == 1 ? block.timestamp - 1 : block.timestamp;
        uint256 nonce = _nonce[contributor];
        bool stale = flaw % 6 == 2 && nonce != 0;
        uint256 key = FIRST_KEY + (((whose % PEOPLE) + (flaw % 6 == 3 ? 1 : 0)) % PEOPLE);
        bytes memory signature = _sign(contributor, parts, stale ? nonce - 1 : nonce, deadline, key);
        bool possible = deadline == block.timestamp && !stale && flaw % 6 != 3;
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        contributions.submitFor(contributor, 1, parts, "", anyPrice(), deadline, signature);
        if (!possible) return;
        ++_nonce[contributor];
        _bookSubmission(contributor, personAt(by), parts.length);
    }

    function cancelConsent(uint256 by) external {
        vm.prank(personAt(by));
        contributions.cancelConsent();
        ++_nonce[personAt(by)];
    }

    function resolve(uint256 seed, uint256 mask, uint256 share) external {
        uint256 submissions = contributions.submissionCount();
        if (submissions == 0) return;
        uint256 submissionId = 1 + (seed % submissions);
        IContributionRegistry.Submission memory submission = contributions.submissionOf(submissionId);
        uint256 first = submission.firstContributionId;
        uint256 fees = submission.size * FEE;
        uint256[] memory rewards = new uint256[](2);
        address[] memory reviewers = new address[](2);
        (reviewers[0], reviewers[1]) = (address(31), address(32));
        rewards[0] = share % (fees + 2);
        rewards[1] = rewards[0] > fees ? 0 : seed % (fees - rewards[0] + 1);
        mask %= 2 << submission.size;
        bool possible =
            status[first] == IContributionRegistry.Status.Submitted &&
                mask >> submission.size == 0 &&
                rewards[0] <= fees;
        if (!possible) vm.expectRevert();
        contributions.resolve(submissionId, mask, reviewers, rewards);
        if (!possible) return;

        address payer = submission.sponsor == address(0) ? submission.contributor : submission.sponsor;
        openFees -= fees;
        balance[payer] += fees - rewards[0] - rewards[1];
        balance[address(31)] += rewards[0];
        balance[address(32)] += rewards[1];
        for (uint256 i = 0; i < submission.size; ++i) {
            if ((mask >> i) & 1 == 1) {
                status[first + i] = IContributionRegistry.Status.Accepted;
                ++accepted;
            } else {
                status[first + i] = IContributionRegistry.Status.Rejected;
                _takeBond(first + i, BOND, payer);
            }
        }
    }

    function slashBond(uint256 which, uint256 amount) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        amount %= bond[id] + 2;
        bool possible = _isMovable(id) && amount <= bond[id];
        if (!possible) vm.expectRevert();
        contributions.slashBond(id, amount, SINK);
        if (possible) _takeBond(id, amount, SINK);
    }

    function revoke(uint256 by, uint256 which) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        bool possible = personAt(by) == holder[id] && status[id] == IContributionRegistry.Status.Accepted;
        vm.prank(personAt(by));
        if (!possible) vm.expectRevert();
        contributions.revoke(id);
        if (!possible) return;
        status[id] = IContributionRegistry.Status.Revoked;
        _revokedIn[id] = _clock.current();
        --accepted;
    }

    /// @dev Anybody may: it goes to whom it belongs to.
    function withdrawBond(uint256 which) external {
        uint256 id = _pick(which);
        if (id == 0) return;
        bool possible = status[id] == IContributionRegistry.Status.Revoked;
        if (possible) {
            possible = block.timestamp >= _clock.endOf(uint64(_revokedIn[id])) + contributions.bondCoolOff();
        }
        address sponsor = contributions.submissionOf(contributions.contributionOf(id).submissionId).sponsor;
        if (!possible) vm.expectRevert();
        uint256 amount = contributions.withdrawBond(id);
        if (!possible) return;
        require(amount == bond[id], "amount");
        _takeBond(id, amount, sponsor == address(0) ? holder[id] : sponsor);
    }

    function setBondCoolOff(uint64 duration) external {
        duration %= 40 days;
        bytes memory call = abi.encodeCall(contributions.setBondCoolOff, (duration));
        bool done = Registries(_owner).announceAndCall(address(contributions), call);
        require(done == (duration >= 1 days && duration <= 30 days), "cool-off");
    }

    /// @dev Who decides and who charges is set once.
    function replaceCollaborators(address other, bool review) external {
        vm.prank(_owner);
        vm.expectRevert(IContributionRegistry.ContributionCollaboratorAlreadySet.selector);
        if (review) contributions.setReview(other);
        else contributions.setHarmCharges(other);
    }

    function wait(uint256 duration) external {
        vm.warp(block.timestamp + (duration % 10 days));
    }

    function requireStatesAsBooked() external view {
        uint256 count = contributions.count();
        for (uint256 id = 1; id <= count; ++id) {
            IContributionRegistry.Contribution memory c = contributions.contributionOf(id);
            require(c.status == status[id], "status");
            require(c.bond == bond[id], "bond");
        }
    }

    function requireBalancesAsBooked() external view {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            require(token.balanceOf(personAt(i)) == balance[personAt(i)], "balance");
        }
        for (uint160 i = 31; i <= 33; ++i) require(token.balanceOf(address(i)) == balance[address(i)], "paid");
    }

    function _bookSubmission(address contributor, address payer, uint256 size) private {
        uint256 first = contributions.count() + 1 - size;
        for (uint256 id = first; id < first + size; ++id) {
            holder[id] = contributor;
            bond[id] = BOND;
        }
        openFees += size * FEE;
        openBonds += size * BOND;
        balance[payer] -= size * (uint256(BOND) + FEE);
    }

    function _takeBond(uint256 id, uint256 amount, address to) private {
        bond[id] -= amount;
        openBonds -= amount;
        balance[to] += amount;
    }

    function _sign(
        address contributor,
        IContributionRegistry.Part[] memory parts,
        uint256 nonce,
        uint256 deadline,
        uint256 key
    ) private view returns (bytes memory) {
        bytes32 digest = consentDigest(address(contributions), contributor, parts, anyPrice(), nonce, deadline);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _parts(uint8 size) private pure returns (IContributionRegistry.Part[] memory parts) {
        parts = new IContributionRegistry.Part[](1 + (size % 3));
        for (uint256 i = 0; i < parts.length; ++i) {
            parts[i] = IContributionRegistry.Part(IContributionRegistry.Kind.Train, bytes32(i + 1), 1);
        }
    }

    function _nft() internal view override returns (IERC721) {
        return contributions;
    }

    function _minted() internal view override returns (uint256) {
        return contributions.count();
    }

    function _isMovable(uint256 id) internal view override returns (bool) {
        return
            status[id] == IContributionRegistry.Status.Accepted || status[id] == IContributionRegistry.Status.Revoked;
    }
}

contract ContributionRegistryInvariant {
    BondHandler internal handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        handler = new BondHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev Every account has what it had, less what it deposited, plus what is its due: nobody else moves a deposit.
    function invariant_BondsAndFeesAreHeldOrWithWhomTheyBelongTo() public view {
        uint256 held = handler.token().balanceOf(address(handler.contributions()));
        require(held == handler.openBonds() + handler.openFees(), "held");
        handler.requireBalancesAsBooked();
    }

    /// @dev The books know no other way than from submitted to accepted or rejected, and from accepted to revoked.
    function invariant_AContributionOnlyMovesAlongItsWay() public view {
        handler.requireStatesAsBooked();
        handler.requireHeldAsBooked();
        (, uint32 counted) = handler.contributions().accumulatorOf(1);
        require(counted == handler.accepted(), "accepted");
    }
}

contract ConsentFuzz {
    uint256 private constant KEY = 0xC0FFEE;
    Registries private _registries;
    ContributionRegistry private _contributions;
    KeyWallet private _wallet;

    function setUp() public {
        _registries = new Registries(1e18, 0);
        _contributions = _registries.contributions();
        _wallet = new KeyWallet(vm.addr(KEY));
        _registries.give(address(this), 1e20);
        _registries.token().approve(address(_contributions), type(uint256).max);
    }

    function testFuzz_ContractAccountConsentsByErc1271(bytes32 contentRoot, uint32 examples, uint64 key) public {
        vm.assume(contentRoot != 0 && examples != 0 && key != 0 && key != KEY);
        IContributionRegistry.Part[] memory parts = new IContributionRegistry.Part[](1);
        parts[0] = IContributionRegistry.Part(IContributionRegistry.Kind.Train, contentRoot, examples);
        bytes memory forged = _sign(key, parts);
        vm.expectRevert(
            abi.encodeWithSelector(IContributionRegistry.ContributionInvalidConsent.selector, address(_wallet))
        );
        _contributions.submitFor(address(_wallet), 1, parts, "", anyPrice(), type(uint64).max, forged);
        (, uint256 id) = _contributions.submitFor(
            address(_wallet),
            1,
            parts,
            "",
            anyPrice(),
            type(uint64).max,
            _sign(KEY, parts)
        );
        require(_contributions.ownerOf(id) == address(_wallet), "owner");
        require(_contributions.submissionOf(1).sponsor == address(this), "sponsor");
    }

    function _sign(uint256 key, IContributionRegistry.Part[] memory parts) private view returns (bytes memory) {
        bytes32 digest = consentDigest(
            address(_contributions),
            address(_wallet),
            parts,
            anyPrice(),
            0,
            type(uint64).max
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
