"""The table of diagnostic codes: which function makes each, and what its docstring says about it.

A code is for ever: never reused, never renumbered. 01xx reading, 02xx and 07xx config, 03xx plan, 04xx targets, 05xx disk, 06xx the plan's
life (lock, import, diff, explain, doctor). The functions are named, not imported: only what is asked for is loaded.
"""

from importlib import import_module
from textwrap import dedent, fill

from aua_compile.frozen import dataclass

HEADINGS = ("What it checks", "Why", "Example", "Instead")
"""What the docstring of every builder says, in this order, after its first line."""

WIDEST = 100

CODES = {
    "AUA0101": "aua_compile.source_rules:missing_file",
    "AUA0102": "aua_compile.source_rules:not_a_file",
    "AUA0103": "aua_compile.source_rules:unreadable",
    "AUA0104": "aua_compile.source_rules:too_large",
    "AUA0105": "aua_compile.source_rules:not_utf8",
    "AUA0106": "aua_compile.source_rules:binary",
    "AUA0107": "aua_compile.source_rules:outside_project",
    "AUA0108": "aua_compile.source_rules:tab",
    "AUA0109": "aua_compile.source_rules:refused_character",
    "AUA0110": "aua_compile.source_rules:too_many_findings",
    "AUA0111": "aua_compile.document_rules:empty",
    "AUA0112": "aua_compile.document_rules:second_document",
    "AUA0113": "aua_compile.document_rules:root_not_a_mapping",
    "AUA0114": "aua_compile.document_rules:syntax",
    "AUA0115": "aua_compile.document_rules:duplicate_key",
    "AUA0116": "aua_compile.document_rules:key_not_text",
    "AUA0117": "aua_compile.document_rules:foreign_letter",
    "AUA0118": "aua_compile.document_rules:tag",
    "AUA0119": "aua_compile.document_rules:merge_key",
    "AUA0120": "aua_compile.document_rules:misplaced_anchor",
    "AUA0121": "aua_compile.document_rules:anchor_twice",
    "AUA0122": "aua_compile.document_rules:unknown_anchor",
    "AUA0123": "aua_compile.document_rules:recursive_alias",
    "AUA0124": "aua_compile.document_rules:alias_as_key",
    "AUA0125": "aua_compile.document_rules:read_differently",
    "AUA0126": "aua_compile.document_rules:unbounded_number",
    "AUA0127": "aua_compile.document_rules:too_deep",
    "AUA0128": "aua_compile.document_rules:too_many_nodes",
    "AUA0129": "aua_compile.document_rules:directive",
    "AUA0130": "aua_compile.leaks:secret_value",
    "AUA0201": "aua_compile.config.mistakes:unknown_key",
    "AUA0202": "aua_compile.config.mistakes:wrong_type",
    "AUA0203": "aua_compile.config.mistakes:out_of_range",
    "AUA0204": "aua_compile.config.mistakes:not_a_choice",
    "AUA0205": "aua_compile.config.mistakes:missing_key",
    "AUA0206": "aua_compile.config.mistakes:wrong_form",
    "AUA0207": "aua_compile.config.mistakes:wrong_unit",
    "AUA0208": "aua_compile.config.mistakes:not_available",
    "AUA0209": "aua_compile.config.mistakes:empty_value",
    "AUA0210": "aua_compile.config.mistakes:repeated_name",
    "AUA0211": "aua_compile.config.mistakes:wrong_count",
    "AUA0220": "aua_compile.config.named:unknown_name",
    "AUA0221": "aua_compile.config.named:extends_cycle",
    "AUA0222": "aua_compile.config.named:extends_too_long",
    "AUA0223": "aua_compile.config.named:outside_project",
    "AUA0224": "aua_compile.config.named:bad_setting",
    "AUA0225": "aua_compile.config.named:lacks_tier",
    "AUA0226": "aua_compile.config.named:weakened_lock",
    "AUA0227": "aua_compile.config.named:config_version",
    "AUA0228": "aua_compile.config.rules.verdicts_reach:unreachable_verdict",
    "AUA0229": "aua_compile.config.rules.calls_limited:too_few_calls",
    "AUA0230": "aua_compile.config.rules.thresholds_order:thresholds_out_of_order",
    "AUA0231": "aua_compile.config.rules.thresholds_reach:unreachable_threshold",
    "AUA0232": "aua_compile.config.rules.utility_weights:weights_do_not_sum",
    "AUA0233": "aua_compile.config.rules.field_unanswered:field_without_specialist",
    "AUA0234": "aua_compile.config.rules.field_unserved:specialist_of_unserved_field",
    "AUA0235": "aua_compile.config.rules.high_risk_field:high_risk_field_not_served",
    "AUA0236": "aua_compile.config.rules.arbiter_needed:arbiter_off",
    "AUA0237": "aua_compile.config.rules.arbiter_model:arbiter_without_model",
    "AUA0238": "aua_compile.config.rules.deadline:calls_exceed_deadline",
    "AUA0239": "aua_compile.config.rules.bounds_order:bound_without_effect",
    "AUA0240": "aua_compile.config.rules.fallback_name:unknown_fallback",
    "AUA0241": "aua_compile.config.rules.fallback_cycle:fallback_cycle",
    "AUA0242": "aua_compile.config.rules.fallback_context:fallback_too_short",
    "AUA0243": "aua_compile.config.rules.listed_twice:listed_twice",
    "AUA0244": "aua_compile.config.rules.field_alias:ambiguous_alias",
    "AUA0245": "aua_compile.config.rules.specialist_name:reserved_specialist_name",
    "AUA0246": "aua_compile.config.rules.gpu_index:gpu_outside_tier",
    "AUA0247": "aua_compile.config.rules.overcommit:device_overcommitted",
    "AUA0248": "aua_compile.config.rules.parallelism:parallelism_mismatch",
    "AUA0249": "aua_compile.config.rules.sequences:too_few_sequences",
    "AUA0250": "aua_compile.config.rules.engine_of_tier:engine_not_on_tier",
    "AUA0251": "aua_compile.config.rules.quantization:cannot_run_weights",
    "AUA0252": "aua_compile.config.rules.model_context:context_beyond_model",
    "AUA0253": "aua_compile.config.rules.model_size:model_of_unknown_size",
    "AUA0254": "aua_compile.config.rules.model_entry:unclear_model",
    "AUA0255": "aua_compile.config.rules.model_cycle:name_without_model",
    "AUA0256": "aua_compile.config.rules.backend_address:backend_without_address",
    "AUA0257": "aua_compile.config.rules.backend_name:backend_named_as_other_kind",
    "AUA0258": "aua_compile.config.rules.two_addresses:two_addresses",
    "AUA0259": "aua_compile.config.rules.unused_backend:unused_backend",
    "AUA0260": "aua_compile.config.rules.unused_model:unused_model",
    "AUA0261": "aua_compile.config.rules.no_effect:key_without_effect",
    "AUA0262": "aua_compile.config.rules.replicas:replicas_without_shared_state",
    "AUA0263": "aua_compile.config.rules.postgres_address:postgres_without_dsn",
    "AUA0264": "aua_compile.config.rules.dsn_unused:dsn_without_postgres",
    "AUA0265": "aua_compile.config.rules.breaker_closes:breaker_never_closes",
    "AUA0266": "aua_compile.config.rules.drain:drain_longer_than_grace",
    "AUA0267": "aua_compile.config.rules.url_form:ill_formed_address",
    "AUA0268": "aua_compile.config.rules.url_credentials:credentials_in_url",
    "AUA0269": "aua_compile.config.rules.disguised_address:disguised_address",
    "AUA0270": "aua_compile.config.rules.metadata_address:forbidden_address",
    "AUA0271": "aua_compile.config.rules.private_address:private_address",
    "AUA0272": "aua_compile.config.rules.listen_address:unusable_listen_address",
    "AUA0273": "aua_compile.config.rules.proxy_network:not_a_network",
    "AUA0274": "aua_compile.config.rules.paths:path_names_no_file",
    "AUA0275": "aua_compile.config.rules.cors_wildcard:credentialed_wildcard",
    "AUA0276": "aua_compile.config.rules.cors_null:null_origin",
    "AUA0277": "aua_compile.config.rules.management_host:management_exposed",
    "AUA0278": "aua_compile.config.rules.management_socket:socket_out_of_reach",
    "AUA0279": "aua_compile.config.rules.header_secret:secret_header",
    "AUA0280": "aua_compile.config.rules.header_form:unsendable_header",
    "AUA0281": "aua_compile.config.rules.environment:variable_taken",
    "AUA0282": "aua_compile.config.rules.secret_shared:secret_shared",
    "AUA0283": "aua_compile.config.rules.prompt_twice:prompt_given_twice",
    "AUA0284": "aua_compile.config.rules.prompt_empty:empty_prompt",
    "AUA0285": "aua_compile.config.rules.target_of_tier:target_not_for_tier",
    "AUA0286": "aua_compile.config.rules.target_needs:target_lacks",
    "AUA0287": "aua_compile.config.rules.ports:port_collision",
    "AUA0288": "aua_compile.config.rules.server_shared:server_asked_for_two_models",
    "AUA0289": "aua_compile.config.rules.locked_key:lock_without_key",
    "AUA0290": "aua_compile.config.rules.exposed:published_without_key",
    "AUA0291": "aua_compile.config.rules.tls_off:certificate_not_checked",
    "AUA0292": "aua_compile.config.rules.key_in_clear:key_sent_in_clear",
    "AUA0293": "aua_compile.config.rules.prompts_logged:prompts_logged",
    "AUA0294": "aua_compile.config.rules.proxies_any:any_proxy_believed",
    "AUA0295": "aua_compile.config.rules.hosts_any:any_host_answered",
    "AUA0296": "aua_compile.config.rules.image_floating:floating_image",
    "AUA0297": "aua_compile.config.rules.profile_lacks:profile_not_complete",
    "AUA0298": "aua_compile.config.rules.volume_name:volume_name_taken",
    "AUA0299": "aua_compile.config.rules.state_folder:state_without_folder",
    "AUA0301": "aua_compile.plan.refusals:does_not_fit",
    "AUA0310": "aua_compile.plan.rules.port_of_engine:port_not_used",
    "AUA0311": "aua_compile.plan.rules.port_twice:port_used_twice",
    "AUA0312": "aua_compile.plan.rules.revision_pinned:unpinned_revision",
    "AUA0313": "aua_compile.plan.rules.image_digest:undigested_image",
    "AUA0314": "aua_compile.plan.rules.tag_pinned:unpinnable_tag",
    "AUA0401": "aua_compile.config.rules.namespace:namespace_of_others",
    "AUA0402": "aua_compile.plan.rules.unsupported:not_expressed",
    "AUA0501": "aua_compile.disk.findings:not_a_folder",
    "AUA0502": "aua_compile.disk.findings:output_holds_input",
    "AUA0503": "aua_compile.disk.findings:folder_too_broad",
    "AUA0504": "aua_compile.disk.findings:hand_edited",
    "AUA0505": "aua_compile.disk.findings:blocked",
    "AUA0506": "aua_compile.disk.findings:manifest_unreadable",
    "AUA0507": "aua_compile.disk.findings:interrupted",
    "AUA0508": "aua_compile.disk.findings:cannot_write",
    "AUA0509": "aua_compile.disk.findings:no_space",
    "AUA0510": "aua_compile.disk.findings:changed_meanwhile",
    "AUA0511": "aua_compile.disk.findings:locked",
    "AUA0512": "aua_compile.disk.findings:terminal",
    "AUA0513": "aua_compile.disk.findings:not_ejectable",
    "AUA0514": "aua_compile.disk.drift:nothing_written",
    "AUA0515": "aua_compile.disk.drift:missing",
    "AUA0516": "aua_compile.disk.drift:outdated",
    "AUA0517": "aua_compile.disk.drift:stale",
    "AUA0518": "aua_compile.disk.drift:edited",
    "AUA0519": "aua_compile.disk.drift:ejected_behind",
    "AUA0520": "aua_compile.disk.drift:not_ours",
    "AUA0530": "aua_compile.disk.findings:file_not_written",
    "AUA0540": "aua_compile.cli.diff.rules:no_repository",
    "AUA0601": "aua_compile.lock.drift:no_lock",
    "AUA0602": "aua_compile.lock.drift:entry_changed",
    "AUA0603": "aua_compile.lock.drift:entry_lacking",
    "AUA0604": "aua_compile.lock.drift:unknown_entry",
    "AUA0605": "aua_compile.lock.drift:no_place",
    "AUA0606": "aua_compile.attest.verify:no_deployment",
    "AUA0607": "aua_compile.attest.verify:file_changed",
    "AUA0608": "aua_compile.attest.verify:file_unlisted",
    "AUA0609": "aua_compile.attest.verify:not_from_plan",
    "AUA0610": "aua_compile.attest.verify:statement_unreadable",
    "AUA0611": "aua_compile.attest.verify:statement_wrong",
    "AUA0620": "aua_compile.foreign.rules:unknown_foreign_key",
    "AUA0621": "aua_compile.foreign.rules:not_foreign",
    "AUA0622": "aua_compile.foreign.rules:refused_there",
    "AUA0623": "aua_compile.migration.rules:gone_key",
    "AUA0624": "aua_compile.migration.rules:plan_differs",
    "AUA0625": "aua_compile.migration.rules:unknown_version",
    "AUA0641": "aua_compile.cli.diff.rules:unknown_revision",
    "AUA0642": "aua_compile.cli.diff.rules:no_plan_there",
    "AUA0643": "aua_compile.cli.diff.rules:not_a_plan",
    "AUA0644": "aua_compile.cli.diff.rules:other_version",
    "AUA0701": "aua_compile.config.rules.patch_form:malformed_patch",
    "AUA0702": "aua_compile.patches.findings:matches_nothing",
    "AUA0703": "aua_compile.patches.findings:leads_nowhere",
    "AUA0704": "aua_compile.patches.findings:unexpected_value",
    "AUA0705": "aua_compile.patches.findings:not_patchable",
    "AUA0706": "aua_compile.patches.findings:breaks_file",
    "AUA0707": "aua_compile.patches.findings:changes_nothing",
    "AUA0720": "aua_compile.config.own_tier:impossible_machine",
    "AUA0721": "aua_compile.config.own_tier:nodes_unknown",
    "AUA0740": "aua_compile.config.rules.objectives:objective_not_measured",
    "AUA0741": "aua_compile.config.rules.objectives:objective_never_missed",
    "AUA0750": "aua_compile.config.rules.traces_nowhere:traces_nowhere",
    "AUA0751": "aua_compile.config.rules.content_traced:content_traced",
    "AUA0752": "aua_compile.config.rules.traces_endpoint:endpoint_mistaken",
    "AUA0753": "aua_compile.config.rules.traces_endpoint:endpoint_of_machine",
    "AUA0754": "aua_compile.config.rules.traces_nowhere:collector_not_started",
    "AUA0760": "aua_compile.plan.rules.too_many_series:too_many_series",
    "AUA0780": "aua_compile.config.rules.costs_currency:rents_in_another_currency",
    "AUA0781": "aua_compile.config.rules.webhook_address:webhook_without_address",
    "AUA0782": "aua_compile.config.rules.webhook_address:webhook_in_clear",
    "AUA0785": "aua_compile.config.book:model_not_priced",
    "AUA0786": "aua_compile.config.book:other_currency",
    "AUA0787": "aua_compile.config.book:repeated_model",
    "AUA0788": "aua_compile.config.book:impossible_days",
}


@dataclass(frozen=True, slots=True)
class Code:
    """What is known about a code: its docstring's first line, and the text under each of `HEADINGS`."""

    code: str
    title: str
    sections: tuple[tuple[str, str], ...]


def code(name: str) -> Code | None:
    """The code of that name, in capitals or not, or None."""
    name = name.upper()
    if name not in CODES:
        return None
    module, function = CODES[name].split(":")
    title, _, body = (getattr(import_module(module), function).__doc__ or "").partition("\n")
    return Code(name, title, tuple(_sections(dedent(body))))


def explain(name: str, width: int = WIDEST) -> str | None:
    """The code's page as `aua explain` shows it in `width` columns, or None if there is no such code."""
    found = code(name)
    if found is None:
        return None
    pages = [f"{heading}\n{_wrapped(text, width)}" for heading, text in found.sections]
    return "\n\n".join([f"{found.code}  {found.title}", *pages]) + "\n"


def _sections(body: str) -> list[tuple[str, str]]:
    """The headings and their texts, each one paragraph. A text goes on until the next heading at the left margin."""
    found: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        heading, colon, rest = line.partition(":")
        if colon and heading in HEADINGS:
            found.append((heading, rest.split()))
        elif found:
            found[-1][1].extend(line.split())
    return [(heading, text[:1].upper() + text[1:]) for heading, words in found for text in [" ".join(words)]]


def _wrapped(text: str, width: int) -> str:
    return fill(text, width, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
