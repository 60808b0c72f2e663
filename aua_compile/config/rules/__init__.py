"""Checks between the keys of a Config: one rule a module, `RULES` in the order in which findings are told."""

from collections.abc import Callable, Iterable, Iterator

from aua_compile.checked import Checked
from aua_compile.config.resolve import Resolved
from aua_compile.config.rules import (
    arbiter_model,
    arbiter_needed,
    backend_address,
    backend_name,
    bounds_order,
    breaker_closes,
    calls_limited,
    cors_null,
    cors_wildcard,
    deadline,
    disguised_address,
    drain,
    dsn_unused,
    engine_of_tier,
    environment,
    exposed,
    fallback_context,
    fallback_cycle,
    fallback_name,
    field_alias,
    field_unanswered,
    field_unserved,
    gpu_index,
    header_form,
    header_secret,
    high_risk_field,
    hosts_any,
    image_floating,
    key_in_clear,
    listed_twice,
    listen_address,
    locked_key,
    management_host,
    management_socket,
    metadata_address,
    model_context,
    model_cycle,
    model_entry,
    model_size,
    names_known,
    namespace,
    no_effect,
    objectives,
    overcommit,
    parallelism,
    patch_form,
    paths,
    ports,
    postgres_address,
    private_address,
    profile_lacks,
    prompt_empty,
    prompt_twice,
    prompts_logged,
    proxies_any,
    proxy_network,
    quantization,
    replicas,
    secret_shared,
    sequences,
    server_shared,
    specialist_name,
    state_folder,
    target_needs,
    target_of_tier,
    thresholds_order,
    thresholds_reach,
    tls_off,
    two_addresses,
    unused_backend,
    unused_model,
    url_credentials,
    url_form,
    utility_weights,
    verdicts_reach,
    volume_name,
)
from aua_compile.config.rules.subject import Subject, subject
from aua_compile.diagnostic import Diagnostic
from aua_compile.source import FINDING_LIMIT

Rule = Callable[[Subject], Iterable[Diagnostic]]

RULES: tuple[Rule, ...] = (
    names_known.check,
    # routing and fields
    thresholds_order.check,
    thresholds_reach.check,
    utility_weights.check,
    field_unanswered.check,
    field_unserved.check,
    high_risk_field.check,
    field_alias.check,
    # who answers
    arbiter_needed.check,
    arbiter_model.check,
    verdicts_reach.check,
    specialist_name.check,
    deadline.check,
    bounds_order.check,
    objectives.check,
    breaker_closes.check,
    fallback_name.check,
    fallback_cycle.check,
    fallback_context.check,
    # what runs where
    gpu_index.check,
    overcommit.check,
    parallelism.check,
    sequences.check,
    calls_limited.check,
    engine_of_tier.check,
    quantization.check,
    model_context.check,
    model_size.check,
    model_entry.check,
    model_cycle.check,
    backend_address.check,
    backend_name.check,
    two_addresses.check,
    ports.check,
    server_shared.check,
    # addresses
    url_form.check,
    url_credentials.check,
    disguised_address.check,
    metadata_address.check,
    private_address.check,
    listen_address.check,
    proxy_network.check,
    management_host.check,
    management_socket.check,
    cors_wildcard.check,
    cors_null.check,
    header_secret.check,
    header_form.check,
    # files, state and deployment
    paths.check,
    state_folder.check,
    volume_name.check,
    prompt_twice.check,
    prompt_empty.check,
    replicas.check,
    postgres_address.check,
    dsn_unused.check,
    drain.check,
    environment.check,
    secret_shared.check,
    target_of_tier.check,
    target_needs.check,
    namespace.check,
    locked_key.check,
    patch_form.check,
    # exposure, by profile
    exposed.check,
    tls_off.check,
    key_in_clear.check,
    prompts_logged.check,
    proxies_any.check,
    hosts_any.check,
    image_floating.check,
    profile_lacks.check,
    # what does nothing
    listed_twice.check,
    no_effect.check,
    unused_backend.check,
    unused_model.check,
)


def check_config(resolved: Resolved) -> Checked[Resolved]:
    """The config with what the rules find in it; no config after an error. A rule stops after as many errors as one file may have."""
    seen = subject(resolved)
    return Checked.of(resolved, [finding for rule in RULES for finding in _told(rule(seen))])


def _told(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    errors = 0
    for finding in findings:
        yield finding
        errors += finding.severity == "error"
        if errors == FINDING_LIMIT:
            return
