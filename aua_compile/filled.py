"""The shipped templates as functions. Made from templates/ by `make schemas`; edits are lost."""

from aua_compile.filling import FILTERS, Template, Values, Write, concat, get, looped


def _compose_README_md(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['markdown'](get(v['project'], 'name'))))
    write(' with docker compose\n\n')
    write(str(FILTERS['markdown'](v['header'])))
    write('\n')
    if get(v['project'], 'description'):
        write('\n')
        write(str(FILTERS['markdown'](get(v['project'], 'description'))))
        write('\n')
    write('\nNeeds Docker with Compose 2.24 or newer')
    if ('gpu' in v['profiles']):
        write(", and the container toolkit of the GPU's vendor")
    write('.\n\n## Start\n')
    if v['on_host']:
        write('\nThe engines run on the machine itself, because containers do not see its GPU. Start each in a terminal of its own:\n')
        for engine in v['on_host']:
            write('\n')
            for command in get(engine, 'before'):
                write('    ')
                write(str(command))
                write('\n')
            write('    ')
            write(str(get(engine, 'start')))
            write('\n')
        for engine in [engine for engine in v['on_host'] if get(engine, 'after')]:
            write('\nand once it runs, from another:\n\n')
            for command in get(engine, 'after'):
                write('    ')
                write(str(command))
                write('\n')
        write('\nContainers reach them as `host.docker.internal`. Where that is not Docker Desktop, an engine must listen on an address that containers\nreach, not on 127.0.0.1 alone.\n')
    write('\n    cd compose\n')
    if (v['profiles'] or v['router_secrets']):
        write('    cp .env.example .env\n')
    write('    docker compose up --detach\n\n')
    if v['profiles']:
        write('`.env` says which engines start')
        if (v['router_secrets'] or v['fetch_secrets']):
            write(' and holds the secrets; fill it in first')
        write('.\n')
    elif v['router_secrets']:
        write('`.env` holds the secrets; fill it in first.\n')
    write('The router answers at ')
    write(str(v['public_url']))
    write(', and `/health/ready` there tells whether it can.\n')
    if v['management']:
        write('Metrics and the plan are on port ')
        write(str(v['management']))
        write(', from this machine only.\n')
    if v['fetches']:
        write('\nThe first start downloads ')
        write(str(v['weights_gib']))
        write(' GiB of weights. To watch that:\n\n    docker compose logs --follow ')
        write(str(FILTERS['join'](FILTERS['map'](v['fetches'], attribute='name'), ' ')))
        write('\n\nAn engine starts when its weights are there; those that share a GPU start one after another.\n')
    if v['watchers']:
        write('\nTo watch the deployment:\n\n    docker compose --profile observability up --detach\n\n')
        for (name, port, ) in get(v['watchers'], 'items')():
            write('- ')
            write(str(FILTERS['capitalize'](name)))
            write(': http://127.0.0.1:')
            write(str(port))
            write('\n')
    if v['collector']:
        write('\nSpans go to the collector, which is part of the profile `observability`; without it they are lost, and no request waits for it.\n')
    write('\n## After a change\n\nChange the config, not these files, compile again, and replace what changed:\n\n    docker compose up --detach --build\n')
    if v['watchers']:
        write('\nA compile replaces the folders that ')
        write(str(FILTERS['join'](FILTERS['map'](v['watchers'], 'capitalize'), ' and ')))
        write(' have mounted, so let these begin anew:\n\n    docker compose --profile observability up --detach --force-recreate --no-deps ')
        write(str(FILTERS['join'](v['watchers'], ' ')))
        write('\n')
    if v['collector']:
        write('\nThe collector reads its config when it starts:\n\n    docker compose --profile observability up --detach --force-recreate --no-deps ')
        write(str(v['collector']))
        write('\n')
    write('\n## What runs\n\n| service | profile | what it does |\n|---|---|---|\n| `')
    write(str(get(v['router'], 'service')))
    write('` | always | the API, in one container |\n')
    for engine in v['engines']:
        write('| `')
        write(str(get(engine, 'name')))
        write('` | ')
        write(str(get(engine, 'profile')))
        write(' | ')
        write(str(FILTERS['markdown'](get(engine, 'serves'))))
        write(' |\n')
    for fetch in v['fetches']:
        write('| `')
        write(str(get(fetch, 'name')))
        write('` | that of `')
        write(str(get(fetch, 'instance')))
        write('` | brings weights into the volume `')
        write(str(get(fetch, 'volume')))
        write('`, then ends |\n')
    if v['collector']:
        write('| `')
        write(str(v['collector']))
        write('` | observability | takes spans from the router and hands them on |\n')
    for name in v['watchers']:
        write('| `')
        write(str(name))
        write('` | observability | ')
        if (name == 'prometheus'):
            write('collects metrics and raises alerts')
        else:
            write('shows them')
        write(' |\n')
    if v['volumes']:
        write('| `')
        write(str(v['prepare']))
        write('` | always | hands new volumes to the user that the others run as, then ends |\n\nVolumes outlive the containers; `docker compose down --volumes` removes them:\n\n| volume | holds |\n|---|---|\n')
        for volume in v['volumes']:
            write('| `')
            write(str(get(volume, 'name')))
            write('` | ')
            if (get(volume, 'purpose') == 'weights'):
                write('weights of models')
            elif (get(volume, 'purpose') == 'state'):
                write('what the router recorded')
            else:
                write('your files, for the router')
            write(' |\n')


def _compose_env(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['comment'](v['header'])))
    write("\n# Copy this file to `.env` beside it and fill it in. Single quotes keep a value as it is: NAME='v$lue'\n\n# Which engines start, comma-separated: ")
    write(str((FILTERS['join'](v['profiles'], ', ') or 'none run here')))
    write('.')
    if v['watchers']:
        write(' Add observability for ')
        write(str(FILTERS['join'](v['watchers'], ' and ')))
        write('.')
    write('\nCOMPOSE_PROFILES=')
    write(str(FILTERS['join'](v['profiles'], ',')))
    write('\n')
    if v['router_secrets']:
        write('\n# Secrets of the router.\n')
        for name in v['router_secrets']:
            write(str(name))
            write('=\n')
    if v['fetch_secrets']:
        write('\n# Secrets of the jobs that fetch weights.\n')
        for name in v['fetch_secrets']:
            write(str(name))
            write('=\n')
    if v['collector_secrets']:
        write('\n# Secrets of the collector.\n')
        for name in v['collector_secrets']:
            write(str(name))
            write('=\n')
    if v['watchers']:
        write('\n# Ports on this machine, should these be taken.\n')
        for (name, port, ) in get(v['watchers'], 'items')():
            write('# ')
            write(str(FILTERS['upper'](name)))
            write('_PORT=')
            write(str(port))
            write('\n')


def _kubernetes_README_md(v: Values, write: Write) -> None:
    write('<!-- ')
    write(str(FILTERS['comment'](v['header'])))
    write(' -->\n\n# ')
    write(str(FILTERS['markdown'](v['project'])))
    write(" on Kubernetes\n\n- `base/` holds what runs.\n- `overlays/dev` is the base with one router and nothing that a bare cluster lacks.\n- `overlays/production` asks the registry for the router's image at every start.\n")
    if v['monitored']:
        write("  It adds what Prometheus' operator needs, from `components/monitoring`.\n")
    if v['shared_state']:
        write('  It lets the number of routers follow the load between ')
        write(str(v['replicas']))
        write(' and ')
        write(str(v['most_replicas']))
        write(", and slows a node's drain.\n")
    write('\n## What the cluster needs\n\n')
    if v['claims']:
        write("- Kubernetes 1.34 or newer, with the vendor's resource driver (device class `")
        write(str(v['device_class']))
        write('`) handing out the GPUs, not its device plugin:\n  engines of this plan share a GPU, and only a resource claim can be shared. Why, and what else was considered: the project\'s decision\n  record "Share a GPU by one claim of one pod".\n')
    elif v['device_resource']:
        write('- Kubernetes 1.30 or newer, with a device plugin that offers `')
        write(str(v['device_resource']))
        write('`.\n')
    else:
        write('- Kubernetes 1.30 or newer.\n')
    if v['node_labels']:
        write('- Nodes with these labels, which GPU feature discovery sets:\n')
        for (name, value, ) in v['node_labels']:
            write('  - `')
            write(str(name))
            write('=')
            write(str(value))
            write('`\n')
    write('- A network plugin that enforces NetworkPolicy, and a cluster DNS labelled `k8s-app=kube-dns` in `kube-system`, with\n  or without NodeLocal DNSCache.\n')
    if v['volumes']:
        write('- Storage:\n')
        for (name, size, mode, ) in v['volumes']:
            write('  - `')
            write(str(name))
            write('` ')
            write(str(size))
            write(' ')
            write(str(mode))
            write('\n')
    if v['shared_state']:
        write("- A metrics server, from which the autoscaler reads the routers' CPU use.\n")
    if v['monitored']:
        write("- For `overlays/production`, Prometheus' operator. It finds monitors and rules only if its own selectors take this namespace in.\n")
    write("\n## Before the first apply\n\nBuild the router's image from `../router`:\n\n    docker build -t ")
    write(str(FILTERS['shell_quote'](v['image'])))
    write(' ../router\n')
    if v['local_image']:
        write('\nThat name is of this machine only: load the image into the node (`kind load docker-image`, `minikube image load`), or set\n`deploy.images.router` to a name in your registry and push it.\n')
    else:
        write('    docker push ')
        write(str(FILTERS['shell_quote'](v['image'])))
        write('\n')
    write('\n')
    if ((v['secrets'] or v['fetch_secrets']) or v['collector_secrets']):
        write('Make the secrets; each line of the file is one `NAME=value`. They are in no file here and in no other pod than those that read them.\n\n    kubectl apply -f base/namespace.yaml\n')
        if v['secrets']:
            write('    kubectl -n ')
            write(str(v['namespace']))
            write(' create secret generic ')
            write(str(v['secret']))
            write(' --from-env-file=router.env    # ')
            write(str(FILTERS['join'](v['secrets'], ', ')))
            write('\n')
        if v['collector_secrets']:
            write('    kubectl -n ')
            write(str(v['namespace']))
            write(' create secret generic ')
            write(str(v['collector_secret']))
            write(' --from-env-file=collector.env    # ')
            write(str(FILTERS['join'](v['collector_secrets'], ', ')))
            write('\n')
        if v['fetch_secrets']:
            write('    kubectl -n ')
            write(str(v['namespace']))
            write(' create secret generic ')
            write(str(v['fetch_secret']))
            write(' --from-env-file=fetch.env    # ')
            write(str(FILTERS['join'](v['fetch_secrets'], ', ')))
            write('\n')
        write('\n')
    write('## Apply\n\n    kubectl apply -k overlays/dev\n    kubectl -n ')
    write(str(v['namespace']))
    write(' rollout status deployment/')
    write(str(v['service']))
    write('\n    kubectl -n ')
    write(str(v['namespace']))
    write(' port-forward service/')
    write(str(v['service']))
    write(' ')
    write(str(v['port']))
    write(':')
    write(str(v['port']))
    write('\n\n')
    if v['fetches']:
        write('Each engine waits until its fetch Job has brought the weights, which may take long the first time:\n\n    kubectl -n ')
        write(str(v['namespace']))
        write(' get jobs,pods\n    kubectl -n ')
        write(str(v['namespace']))
        write(' logs -f job/NAME -c fetch\n\nAnother model or revision is a new Job with a new name; the finished one of before may be deleted.\n\n')
    write('## Change\n\nA change of `base/settings.json` needs no restart. The kubelet renews the file in running pods within about a minute; then tell each router:\n\n    kubectl -n ')
    write(str(v['namespace']))
    write(' get pods -l app.kubernetes.io/component=router -o name \\\n      | xargs -I POD kubectl -n ')
    write(str(v['namespace']))
    write(" exec POD -- sh -c 'kill -HUP 1'\n\nAny other change of the router's code needs its image built again. The pods carry the digest of the code, so they are replaced when it changes.\n")
    if (not v['plan_mounted']):
        write('\nThis plan is too large for a ConfigMap: what the router says of its plan is as its image was built, also after such a change.\n')
    write('\n## Who may talk to whom\n\nEverything is denied except:\n\n')
    if v['loopback']:
        write("- pods of this namespace to the router's port ")
        write(str(v['port']))
        write('\n')
    else:
        write("- anyone to the router's port ")
        write(str(v['port']))
        write('\n')
    if v['metrics']:
        write('- Prometheus, as pods that its operator made, to the metrics ports\n')
    if v['engines']:
        write('- the router to its engines\n')
    if v['external']:
        write('- the router to external backends\n')
    if v['shared_state']:
        write("- the router to port 5432 anywhere: the database's host is a secret\n")
    if v['fetches']:
        write('- fetch Jobs to public addresses on port 443\n')
    write("- everyone to the cluster's DNS\n")
    if v['loopback']:
        write('\nThe plan publishes the router on loopback only, which here means: to `kubectl port-forward`, and to pods of this namespace that a policy of\nyours lets out. Another `api.host` opens it to every pod and load balancer.\n')
    if v['hosts']:
        write('\nA NetworkPolicy knows addresses, not names. The router may therefore reach more than the hosts that are meant, on these ports:\n\n')
        for host in v['hosts']:
            write('- `')
            write(str(host))
            write('`\n')


def _router_Dockerfile(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['comment'](v['header'])))
    write('\nFROM ')
    write(str(get(get(v['plan'], 'router'), 'base_image')))
    write('\n\nENV PYTHONPATH=/app \\\n    PYTHONUNBUFFERED=1 \\\n    PYTHONDONTWRITEBYTECODE=1\n\nCOPY requirements.txt /app/\nRUN ["python", "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", "--require-hashes", "-r", "/app/requirements.txt"]\n')
    if v['carried']:
        write('COPY aua_runtime /app/aua_runtime\n')
    else:
        write('RUN ["python", "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", "--no-deps", "aua-runtime==')
        write(str(v['runtime_version']))
        write('"]\n')
    write('COPY ')
    write(str(v['package']))
    write(' /app/')
    write(str(v['package']))
    write('\nRUN ["python", "-m", "compileall", "-q", "/app"]\n')
    if v['state_folder']:
        write('RUN ["install", "-d", "-o", "')
        write(str(v['uid']))
        write('", "-g", "')
        write(str(v['uid']))
        write('", "/app/')
        write(str(v['state_folder']))
        write('"]\n')
    write('\n# How the specialists are called from inside a container, and where newer settings may be mounted.\n')
    for (name, url, ) in get(v['urls'], 'items')():
        write('ENV ')
        write(str(name))
        write('=')
        write(str(url))
        write('\n')
    if v['traces_url']:
        write('ENV ')
        write(str(v['traces_env']))
        write('=')
        write(str(v['traces_url']))
        write('\n')
    write('ENV ')
    write(str(v['settings_env']))
    write('=/settings\n\n# Only the folder of the state is written, so the root file system may be read-only.\nWORKDIR /app\nUSER ')
    write(str(v['uid']))
    write(':')
    write(str(v['uid']))
    write('\nEXPOSE ')
    write(str(get(get(get(v['plan'], 'api'), 'public'), 'port')))
    write(' ')
    write(str(get(get(get(v['plan'], 'api'), 'management'), 'port')))
    write('\nSTOPSIGNAL SIGTERM\nHEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["python", "-m", "aua_runtime.probe", "')
    write(str(get(get(get(v['plan'], 'api'), 'public'), 'port')))
    write('"]\nENTRYPOINT ["python", "-m", "')
    write(str(v['package']))
    write('", "--bind", "0.0.0.0"]\n')


def _router_README_md(v: Values, write: Write) -> None:
    write('# The router of ')
    write(str(v['name']))
    write('\n\nAn OpenAI-compatible service in front of ')
    write(str(FILTERS['length'](v['specialists'])))
    write(' models. Generated; edits are lost. Recreate it with\n\n```sh\n')
    write(str(v['recreate']))
    write('\n```\n\n| file | what |\n|---|---|\n| `')
    write(str(v['package']))
    write('/pipeline.py` | what happens to a question, top to bottom: start here |\n| `')
    write(str(v['package']))
    write('/specialists.py` | the models, where they are, how long they may take |\n| `')
    write(str(v['package']))
    write('/fields.py` | which words speak for which field |\n')
    if v['prompts']:
        write('| `')
        write(str(v['package']))
        write('/prompts.py` | the texts that the router itself uses |\n')
    write('| `')
    write(str(v['package']))
    write('/app.py` | listeners, limits, state, log |\n| `')
    write(str(v['package']))
    write('/settings.json` | thresholds, weights, log level, CORS: what may change while it runs |\n')
    if v['carried']:
        write('| `aua_runtime/` | how the steps work; the same for every router |\n')
    write('| `requirements.txt`, `Dockerfile` | its third-party packages, pinned by hash, and its image |\n\n## Run it\n\n```sh\npython3 -m venv .venv\n.venv/bin/python -m pip install --require-hashes -r requirements.txt\n')
    if (not v['carried']):
        write('.venv/bin/python -m pip install --no-deps aua-runtime==')
        write(str(v['runtime_version']))
        write('\n')
    write('.venv/bin/python -m ')
    write(str(v['package']))
    write('\n```\n\nIt listens on ')
    write(str(v['public']))
    write(' for clients and on ')
    write(str(v['management']))
    write(' for operators (`/metrics`, `/plan`, `POST /config/reload`).\n')
    if v['secrets']:
        write('\nIt takes these secrets from the environment and does not start without them: ')
        for loop, name in looped(v['secrets']):
            write('`')
            write(str(name))
            write('`')
            write(str((', ' if (not get(loop, 'last')) else '')))
        write('.\n')
    write('\n## Ask it\n\n```sh\ncurl ')
    write(str(v['public']))
    write('/v1/chat/completions')
    if v['key']:
        write(' -H "Authorization: Bearer $')
        write(str(v['key']))
        write('"')
    write(' \\\n  -H \'Content-Type: application/json\' -d \'{"model": "aua", "messages": [{"role": "user", "content": "What is 17 * 23?"}]}\'\n```\n\nThe model name `aua` lets the router decide. These names decide for it:\n\n| name | who answers |\n|---|---|\n')
    for entry in v['specialists']:
        write('| `')
        write(str(get(entry, 'name')))
        write('` | `')
        write(str(FILTERS['markdown'](get(entry, 'model'))))
        write('`')
        write(str((concat(' (', get(entry, 'field'), ')') if get(entry, 'field') else ' (the arbiter)')))
        write(' |\n')
    for field in v['fields']:
        write('| `')
        write(str(get(field, 'name')))
        write('`')
        for alias in get(field, 'aliases'):
            write(', `')
            write(str(alias))
            write('`')
        write(' | ')
        write(str(FILTERS['join'](get(field, 'specialists'), ', then ')))
        write(' |\n')
    write('\n`POST /route` with `{"query": "..."}` explains a decision without calling anything.\n\n## Change it\n\nChange the config and compile again. Where only `settings.json` changed, `POST /config/reload` on the operators\' address, or SIGHUP,\ntakes it over without a restart; any other change is refused there and needs one.\nWhere a specialist runs elsewhere, set its address: ')
    for loop, name in looped(v['variables']):
        write('`')
        write(str(name))
        write('`')
        write(str((', ' if (not get(loop, 'last')) else '')))
    write('; where it has another name there,\nthe same with `_MODEL` for `_URL`.\n')


def _router_app_py(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['comment'](v['header'])))
    write('\n"""The deployment: listeners, limits, state and log, joined with the pipeline. What may change while it runs is in `settings.json`."""\n\nfrom pathlib import Path\n\nfrom aua_runtime.plan import ')
    write(str(FILTERS['join'](v['nouns'], ', ')))
    write('\n\nfrom . import STRUCTURE\nfrom .fields import FIELDS\nfrom .pipeline import answered, routed\nfrom .specialists import SPECIALISTS\n\nDEPLOYMENT = Deployment(\n    name=')
    write(str(FILTERS['python_literal'](get(get(v['plan'], 'project'), 'name'))))
    write(',\n    structure=STRUCTURE,\n    folder=Path(__file__).parent,\n    fields=FIELDS,\n    specialists=SPECIALISTS,\n    arbiter=')
    write(str(FILTERS['python_literal'](v['mode'])))
    write(',\n    routed=routed,\n    answered=answered,\n    api=Api(\n        public=Listener(')
    write(str(FILTERS['python_literal'](get(get(get(v['plan'], 'api'), 'public'), 'host'))))
    write(', ')
    write(str(get(get(get(v['plan'], 'api'), 'public'), 'port')))
    write('),\n        management=Listener(')
    write(str(FILTERS['python_literal'](get(get(get(v['plan'], 'api'), 'management'), 'host'))))
    write(', ')
    write(str(get(get(get(v['plan'], 'api'), 'management'), 'port')))
    if get(get(get(v['plan'], 'api'), 'management'), 'socket'):
        write(', ')
        write(str(FILTERS['python_literal'](get(get(get(v['plan'], 'api'), 'management'), 'socket'))))
    write('),\n        service=')
    write(str(FILTERS['python_literal'](get(get(v['plan'], 'router'), 'service'))))
    write(',\n        limits=Limits(\n            body_bytes=')
    write(str(get(get(get(v['plan'], 'api'), 'limits'), 'body_bytes')))
    write(',\n            header_bytes=')
    write(str(get(get(get(v['plan'], 'api'), 'limits'), 'header_bytes')))
    write(',\n            connections=')
    write(str(get(get(get(v['plan'], 'api'), 'limits'), 'connections')))
    write(',\n            streams=')
    write(str(get(get(get(v['plan'], 'api'), 'limits'), 'streams')))
    write(',\n        ),\n')
    if get(get(v['plan'], 'api'), 'api_key_env'):
        write('        key_env=')
        write(str(FILTERS['python_literal'](get(get(v['plan'], 'api'), 'api_key_env'))))
        write(',\n')
    if get(get(v['plan'], 'api'), 'allowed_hosts'):
        write('        allowed_hosts=')
        write(str(v['literals'](get(get(v['plan'], 'api'), 'allowed_hosts'), 8, 'allowed_hosts=')))
        write(',\n')
    if get(get(v['plan'], 'api'), 'forwarded_allow_ips'):
        write('        forwarded_allow_ips=')
        write(str(v['literals'](get(get(v['plan'], 'api'), 'forwarded_allow_ips'), 8, 'forwarded_allow_ips=')))
        write(',\n')
    write('    ),\n    store=')
    write(str(v['store']))
    write('(')
    write(str(FILTERS['python_literal']((get(get(v['plan'], 'state'), 'path') or get(get(v['plan'], 'state'), 'dsn_env')))))
    write(', ')
    write(str(FILTERS['python_literal'](get(get(v['plan'], 'state'), 'durability'))))
    write('),\n    logs=Logs(')
    write(str(FILTERS['python_literal'](get(get(v['plan'], 'observability'), 'log_format'))))
    write(', prompts=')
    write(str(FILTERS['python_literal'](get(get(v['plan'], 'observability'), 'log_prompts'))))
    write('),\n    metrics=')
    write(str(FILTERS['python_literal'](get(get(v['plan'], 'observability'), 'metrics'))))
    write(',\n    drain_s=')
    write(str(FILTERS['python_literal'](get(get(v['plan'], 'router'), 'drain_s'))))
    write(',\n')
    if (get(get(get(v['plan'], 'observability'), 'costs'), 'currency') != 'USD'):
        write('    currency=')
        write(str(FILTERS['python_literal'](get(get(get(v['plan'], 'observability'), 'costs'), 'currency'))))
        write(',\n')
    if get(get(v['plan'], 'observability'), 'webhooks'):
        write('    webhooks=(\n')
        for one in get(get(v['plan'], 'observability'), 'webhooks'):
            write('        Webhook(\n            ')
            write(str(FILTERS['python_literal'](get(one, 'name'))))
            write(',\n            ')
            write(str(FILTERS['python_literal'](get(one, 'kind'))))
            write(',\n')
            if get(one, 'url'):
                write('            url=')
                write(str(FILTERS['python_literal'](get(one, 'url'))))
                write(',\n')
            if get(one, 'url_env'):
                write('            url_env=')
                write(str(FILTERS['python_literal'](get(one, 'url_env'))))
                write(',\n')
            if get(one, 'signing_env'):
                write('            signing_env=')
                write(str(FILTERS['python_literal'](get(one, 'signing_env'))))
                write(',\n')
            if get(one, 'allow_private'):
                write('            private=True,\n')
            write('        ),\n')
        write('    ),\n')
    if (get(get(v['plan'], 'router'), 'workers') > 1):
        write('    workers=')
        write(str(get(get(v['plan'], 'router'), 'workers')))
        write(',\n')
    if get(get(v['plan'], 'observability'), 'tracing'):
        write('    tracing=Tracing(\n        ')
        write(str(FILTERS['python_literal'](get(get(get(v['plan'], 'observability'), 'tracing'), 'url'))))
        write(',\n')
        if get(get(get(v['plan'], 'observability'), 'tracing'), 'headers'):
            write('        headers={\n')
            for (name, value, ) in get(get(get(get(v['plan'], 'observability'), 'tracing'), 'headers'), 'items')():
                write('            ')
                write(str(FILTERS['python_literal'](name)))
                write(': ')
                write(str(FILTERS['python_literal'](value)))
                write(',\n')
            write('        },\n')
        if get(get(get(v['plan'], 'observability'), 'tracing'), 'header_env'):
            write('        secret_headers={\n')
            for (name, value, ) in get(get(get(get(v['plan'], 'observability'), 'tracing'), 'header_env'), 'items')():
                write('            ')
                write(str(FILTERS['python_literal'](name)))
                write(': ')
                write(str(FILTERS['python_literal'](value)))
                write(',\n')
            write('        },\n')
        if get(get(get(v['plan'], 'observability'), 'tracing'), 'content'):
            write('        content=True,\n')
        write('    ),\n')
    write(')\n')


def _router_fields_py(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['comment'](v['header'])))
    write('\n"""The fields: which words speak for each, how loudly (0 to 1), and who answers it, in order of preference."""\n\nfrom aua_runtime.plan import Field\n\n')
    if v['instructions']:
        write('from .prompts import ')
        write(str(FILTERS['join'](v['instructions'], ', ')))
        write('\n')
    write('from .specialists import ')
    write(str(FILTERS['join'](v['imported'], ', ')))
    write('\n\nFIELDS = (\n')
    for field in v['fields']:
        write('    Field(\n        name=')
        write(str(FILTERS['python_literal'](get(field, 'name'))))
        write(',\n        aliases=')
        write(str(v['literals'](get(field, 'aliases'), 8, 'aliases=')))
        write(',\n        keywords={\n')
        for keyword in get(field, 'keywords'):
            write('            ')
            write(str(FILTERS['python_literal'](get(keyword, 'text'))))
            write(': ')
            write(str(FILTERS['python_literal'](get(keyword, 'weight'))))
            write(',\n')
        write('        },\n        specialists=')
        write(str(v['laid'](get(field, 'specialists'), 8, 'specialists=')))
        write(',\n        stream_mode=')
        write(str(FILTERS['python_literal'](get(field, 'stream_mode'))))
        write(',\n        high_risk=')
        write(str(FILTERS['python_literal'](get(field, 'high_risk'))))
        write(',\n        arbiter_policy=')
        write(str(FILTERS['python_literal'](get(field, 'arbiter_policy'))))
        write(',\n')
        if get(field, 'instruction'):
            write('        instruction=')
            write(str(get(field, 'instruction')))
            write(',\n')
        write('    ),\n')
    write(')\n')


def _router_main_py(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['comment'](v['header'])))
    write('\n"""Runs the router: `python -m ')
    write(str(v['package']))
    write('`."""\n\nimport sys\n\nfrom aua_runtime.server import serve\n\nfrom .app import DEPLOYMENT\n\nsys.exit(serve(DEPLOYMENT))\n')


def _router_package_py(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['comment'](v['header'])))
    write('\n"""The router of ')
    write(str(v['name']))
    write(', generated. `pipeline.py` says what happens to a question; start reading there."""\n\nSTRUCTURE = ')
    write(str(FILTERS['python_literal'](v['structure'])))
    write('\n"""Digest of the code in this package: settings made for other code are refused."""\n')


def _router_pipeline_py(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['comment'](v['header'])))
    write('\n"""What happens to a question, top to bottom. What is not here does not happen; how each step works is in `aua_runtime`."""\n\nfrom aua_runtime import ')
    write(str(FILTERS['join'](v['stages'], ', ')))
    write('\n')
    if v['built_in']:
        write('from aua_runtime.prompts import ')
        write(str(FILTERS['join'](v['built_in'], ', ')))
        write('\n')
    write('from aua_runtime.request import Request\nfrom aua_runtime.route import Route\n\nfrom .fields import FIELDS\n')
    if v['prompts']:
        write('from .prompts import ')
        write(str(FILTERS['join'](v['prompts'], ', ')))
        write('\n')
    write('from .specialists import ')
    write(str(FILTERS['join'](v['imported'], ', ')))
    write('\n')
    if v['judge']:
        write('\nJUDGE = arbitrate.Judge(\n    specialist=')
        write(str(v['judge']))
        write(',\n    prompt=ARBITER_PROMPT,\n    abstention=')
        write(str(('ABSTENTION' if v['abstains'] else 'None')))
        write(',\n    always_for_high_risk=')
        write(str(FILTERS['python_literal'](v['always_for_high_risk'])))
        write(',\n    mode=')
        write(str(FILTERS['python_literal'](v['mode'])))
        write(',\n)\n')
    write('\nPINS = route.pins(FIELDS, SPECIALISTS, unfielded="')
    write(str(v['unfielded']))
    write('")\n"""The model names that fix the route."""\n\n\ndef routed(request: Request) -> Route:\n    """Who answers, and why. Nothing is called here; `POST /route` shows the decision."""\n    pinned = route.pinned(request.model, PINS)\n    if pinned is not None:\n        return pinned\n')
    if v['traced']:
        write('    with tracing.stage(request, "classify"):\n')
    write('    ')
    write(str(v['inner']))
    write('likely = classify.fields_of(request)\n    return route.chosen(\n        likely,\n        FIELDS,\n        request.settings.routing,\n        max_fanout=')
    write(str(v['max_fanout']))
    write(',\n        otherwise=')
    write(str((v['judge'] or 'None')))
    write(',\n        unfielded="')
    write(str(v['unfielded']))
    write('",\n    )\n\n\nasync def answered(request: Request) -> None:\n    """Every question comes through here, and whatever becomes of it is counted and recorded."""\n    with state.recorded(request):\n')
    if v['traced']:
        write('        with tracing.stage(request, "route"):\n')
    write('        ')
    write(str(v['inner']))
    write('request.route = routed(request)\n')
    if (FILTERS['length'](v['modes']) == 1):
        write('        await ')
        write(str(v['modes'][0]))
        write('(request)\n')
    else:
        write('        match request.route.mode:\n')
        for mode in v['modes']:
            write('            case "')
            write(str(mode))
            write('":\n                await ')
            write(str(mode))
            write('(request)\n')
    if ('single' in v['modes']):
        write('\n\nasync def single(request: Request) -> None:\n    """One specialist answers. Its words reach the client as they come and are scored afterwards."""\n')
        if v['instructs']:
            write('    safety.instructed(request)\n')
        if v['traced']:
            write('    with tracing.stage(request, "call"):\n')
        write('    ')
        write(str(v['inner']))
        write('answer = await upstream.relay(request)\n')
        if v['traced']:
            write('    with tracing.stage(request, "respond"):\n')
        write('    ')
        write(str(v['inner']))
        write('await reply.relayed(request, answer)\n')
        if v['traced']:
            write('    with tracing.stage(request, "score"):\n')
        write('    ')
        write(str(v['inner']))
        write('await score.scored(request, [answer])\n')
    if ('checked' in v['modes']):
        write('\n\nasync def checked(request: Request) -> None:\n    """One specialist answers. The client sees the answer once it has been judged, and a heartbeat until then."""\n')
        if v['instructs']:
            write('    safety.instructed(request)\n')
        write('    async with reply.waiting(request):\n')
        if v['traced']:
            write('        with tracing.stage(request, "call"):\n')
        write('        ')
        write(str(v['inner']))
        write('answer = await upstream.complete(request)\n')
        if v['traced']:
            write('        with tracing.stage(request, "score"):\n')
        write('        ')
        write(str(v['inner']))
        write('await score.scored(request, [answer])\n        await reply.candidates(request, [answer])\n')
        if v['judge']:
            if v['traced']:
                write('        with tracing.stage(request, "arbitrate"):\n')
            write('        ')
            write(str(v['inner']))
            write('answer = await arbitrate.reviewed(request, answer, JUDGE)\n')
        if v['abstains']:
            if v['traced']:
                write('        with tracing.stage(request, "safety"):\n')
            write('        ')
            write(str(v['inner']))
            write('answer = safety.gated(request, answer, ABSTENTION)\n')
        if v['traced']:
            write('    with tracing.stage(request, "respond"):\n')
        write('    ')
        write(str(v['inner']))
        write('await reply.decided(request, answer)\n')
    if ('fanout' in v['modes']):
        write('\n\nasync def fanout(request: Request) -> None:\n    """Several specialists answer. ')
        write(str(('The arbiter decides between them' if v['judge'] else 'The answer of highest utility is taken')))
        write('; the client gets a heartbeat meanwhile."""\n')
        if v['instructs']:
            write('    safety.instructed(request)\n')
        write('    async with reply.waiting(request):\n')
        if v['traced']:
            write('        with tracing.stage(request, "call"):\n')
        write('        ')
        write(str(v['inner']))
        write('candidates = await upstream.candidates(request)\n')
        if v['traced']:
            write('        with tracing.stage(request, "score"):\n')
        write('        ')
        write(str(v['inner']))
        write('candidates = await score.scored(request, candidates)\n        await reply.candidates(request, candidates)\n')
        if v['judge']:
            if v['traced']:
                write('        with tracing.stage(request, "arbitrate"):\n')
            write('        ')
            write(str(v['inner']))
            write('answer = await arbitrate.decided(request, candidates, JUDGE)\n')
        else:
            write('        answer = candidates[0]\n')
        if v['abstains']:
            if v['traced']:
                write('        with tracing.stage(request, "safety"):\n')
            write('        ')
            write(str(v['inner']))
            write('answer = safety.gated(request, answer, ABSTENTION)\n')
        if v['traced']:
            write('    with tracing.stage(request, "respond"):\n')
        write('    ')
        write(str(v['inner']))
        write('await reply.decided(request, answer)\n')


def _router_prompts_py(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['comment'](v['header'])))
    write('\n"""The texts that the router itself uses."""\n')
    for prompt in v['prompts']:
        write('\n')
        if (FILTERS['length'](get(prompt, 'pieces')) == 1):
            write(str(get(prompt, 'constant')))
            write(' = ')
            write(str(FILTERS['python_literal'](get(prompt, 'pieces')[0])))
            write('\n')
        else:
            write(str(get(prompt, 'constant')))
            write(' = (\n')
            for piece in get(prompt, 'pieces'):
                write('    ')
                write(str(FILTERS['python_literal'](piece)))
                write('\n')
            write(')\n')


def _router_requirements_postgres_txt(v: Values, write: Write) -> None:
    write("asyncpg==0.32.0 \\\n    --hash=sha256:0549af18b697221d1992b7def18aa61652a85ecbe6e19ba2a75277560efe6016 \\\n    --hash=sha256:057ed2455e4e14ad9949f1ac1829112c7d0454c9810b124f36de1486febe6824 \\\n    --hash=sha256:08410cdfa76f4a09f7b396f3e860959f33078f2622e60e4fa4e7a0493f41f452 \\\n    --hash=sha256:08a978ac1d21957008502f5c25c10acf327b6ef2d192b276fffdfce4ba037114 \\\n    --hash=sha256:0b7706ff96cfe26fc48aa191f72f8076ddc2c52a5bc75fa9d3f34066e734e2d6 \\\n    --hash=sha256:0c764dce865b41878396e736d4d2c6c6ce3a8e1b61d1f6bb292e30d265ae7ca6 \\\n    --hash=sha256:0e25fe441cca81c277554e0f8f7f9c6987d2aaf47cedfc7783d9717ce2853371 \\\n    --hash=sha256:110f72d33c8b944ab421ca383db0b8849cfeb861547fee6cbb61f65a6bcd0985 \\\n    --hash=sha256:14ff79ca2574182ce258159c48978a086f9026fc121d935017b5d10c64fa3c72 \\\n    --hash=sha256:1fba43a9a230ce4d2b4593b761b8e03630c613c282b24566e27c7f53695273b1 \\\n    --hash=sha256:22927bda5ec97903dc479e08874e667fcb46ff8d2a8ddfe16612f45f1da54d38 \\\n    --hash=sha256:23638de661ac9a7975278a4fafb1f4c8613e7aae04562675f604dd20ec10e8d8 \\\n    --hash=sha256:2c6366841a792d0a4d16991de240a8053b7c4772a18a5f27fa6fad09c0e359fb \\\n    --hash=sha256:2f87452025b47ce80dcc3a0be2b5d1f8aab5deec2516d266f1643d4e53cc40d5 \\\n    --hash=sha256:38640b106705fef8b0f46cdb5fd9dcf6a638eed5cadb0f441714a21405ca8a0a \\\n    --hash=sha256:3bbf08c08e31f43be858255614518e78cdfb343571e557e818e9fe736334f4c8 \\\n    --hash=sha256:418d266a553e932bf961bb43bfd610ee6c5425fb1b9a599a5828fd12bae8f5c4 \\\n    --hash=sha256:4412cb864442355a6d944adb34c098924d1e14230b6ddbbe9665cffdf2708e8a \\\n    --hash=sha256:45e64e56714d888330b884aad1dfb363d0bf43fb343e3d1a8968525f3bade478 \\\n    --hash=sha256:469e6520a839957304582eb8a708d874985914500b64517155f80e6fec00e742 \\\n    --hash=sha256:4cec40b66a36b14921c155db78631cd96ed00e225fdf38dd5532e9aef350a498 \\\n    --hash=sha256:4dbe0982cb3ded878de0867dfaeae3116faf471d484ea28b3e3da942f01fb778 \\\n    --hash=sha256:4ea1a72a00fe705b68a9727c3d538c4c56690af9bb1cbbf3c089f5d3ddcccea0 \\\n    --hash=sha256:4fa68acb42f22436597016e5d7feef7b0b5c49b4c56aece3fdb3ba0da2326cb2 \\\n    --hash=sha256:50b283fb4c2f7ecadfa5cc959f5a44ea98a20d0ba89b4074708fb0a4a080c324 \\\n    --hash=sha256:543f02790d086244c7cdc849e4b671b6c2048be0242b78d943494da6e80c0001 \\\n    --hash=sha256:54851411bee2aa51a30d0911524201fbb05f82cc0f7c248b140203db637c723d \\\n    --hash=sha256:5789340b9bcdab94a19eb8ff119322a09991e3626d131b55828535b373e285d4 \\\n    --hash=sha256:58975b1a51a100c4716ebf22f84c249d27140f7b9385b64ad9b676836f1db9ab \\\n    --hash=sha256:5ac18d9ee7a8ca70aed276f79b249d9f37e4d55e3525db1002b5f0b62ddec4f5 \\\n    --hash=sha256:5c3a48908cb0a02393e5bdab7fa92aefd700f2a93212bf91f04aa9657b4f554d \\\n    --hash=sha256:5faf73279afe1b2137ce503491500b664621762485233ebacb6fb91f7f092baa \\\n    --hash=sha256:63417b8f7369c54f6754c1fbd5a2968fbe632ff55bfbedd56a0177b6a96bd251 \\\n    --hash=sha256:643d8d6e955a355045dddfe827d74f4f0d1dc4a18e06963a08260af838fbf093 \\\n    --hash=sha256:6a1e671e67f4b0bef3c03f37a896d61706f769a83922c119070f1f04e415dc17 \\\n    --hash=sha256:6af2af292a93d5ef800007c8f8f66b85af2a49b49e4b56a10685a0dc24a6af83 \\\n    --hash=sha256:6b95fc2ebdb4af072bfa8b64c6d0397b49242d17bef1c0337857904f9267dab2 \\\n    --hash=sha256:6bee7bb5394bf55fc3bf4144625c33f298949961acdb1e0d67e60f958ac9a2e6 \\\n    --hash=sha256:6d1d1cd1348ebb9b204b5f56f977c5d4380674c25cc094064bf32bd9c3b7273d \\\n    --hash=sha256:6e83cdc21ed0a027d3065b19f9fffaf864b91bc007f30bf6e385f2fe84061a79 \\\n    --hash=sha256:764227423bf30a3001d3da6df90e82d30a2a097d762e4ee5fa074236eda262f4 \\\n    --hash=sha256:77cf9d7023f063ae6f9e443077b55af0dc1807dd9afff1ae656b93ee0cddedc9 \\\n    --hash=sha256:7cb31f7a8472ddc6b6f5c9da1290e901d5c77c8441c7213bd13b13ef6fe6359c \\\n    --hash=sha256:83510bb25d38f0415e155aa3a7af78621369891f5ecd8730d012d9cb26143ffc \\\n    --hash=sha256:8592f0ed9c315b2117dbdc707cf3292f09a89d5b07661016a84dd881326965cf \\\n    --hash=sha256:87780aa30b40e2de89717b51cdae4bb80b21b8842c02fb560e1e907e5a856a3d \\\n    --hash=sha256:87957755d11639cf248c6aaa094eee9d150f07065866d1710c9427e02dfc0790 \\\n    --hash=sha256:901bc87b94539f32853bd73a9b02fa78f7feed4cf628824caad3093ec6662f58 \\\n    --hash=sha256:925ce1cc54419d468bfb77632d91e5e2be5be0fdf9d43680c68fe7cedf87051a \\\n    --hash=sha256:9509e21fc526f1fc27cf80ad9f9b8dde3f3e21935d46be66d649635321d3407c \\\n    --hash=sha256:968c570c5913b7ce0995953d7239bd2367142d1af4359f87699f7a6ca75c4382 \\\n    --hash=sha256:96c8226d2026e025852facb5a05035ea5e11b14bebb6b42e4e43948ef8f0d075 \\\n    --hash=sha256:a515d2875d5a1ff33e222012a90bedbd0be6ee4f13dc13f14d9ce8417aaa799e \\\n    --hash=sha256:a759f98c5652443db501b20041aeee548e9a04fe7ae939067321acd207218447 \\\n    --hash=sha256:aa8ca9836448ffac22a8df6a82f48284e45a6fa263c7b06ca74dfeeb9350f98a \\\n    --hash=sha256:afec11e0b9c001e69966becacd2f948cc8949b4916ec4c0f4dc9b52e47de4528 \\\n    --hash=sha256:b1666e1b747ebbc75c87cb31972704ae8a3ca15b950f94456e97d26781c67d10 \\\n    --hash=sha256:c032869fd9c3c9fd1a86ad67e53f63906159068087c2674dd1e19be3cffff571 \\\n    --hash=sha256:c3ef1dfd11919280e011ffd1c873323c5088a94fd2c3f77946a5250cf306e2eb \\\n    --hash=sha256:c7a8f7fa8304f757e23cccb8ffef6a6fce0b6320ffc565a884ee3cd0dfad1ac5 \\\n    --hash=sha256:c938c4da9166ac1ef330475e314e2b94c68bde2795be0f4e8a1e00ccd806cadd \\\n    --hash=sha256:cd5d16b3a5db37c1e6e445e362952b4af569f85f94e162f947bfa8ea25a45fa5 \\\n    --hash=sha256:cd7157a86817730c3239bc687abf8186a471525d695e225c187b9a523a808a98 \\\n    --hash=sha256:ceea1064500d0d7a46c092cdbe9752064c23b720ab0e0bff83d1030fffe7a50a \\\n    --hash=sha256:d0e4508a3d62b0f42d7a99c030c364050b11e75f61c9dd4861e5fdda7cb60636 \\\n    --hash=sha256:d10ccbf924d05905a961d284060e1b63d3abc2d137adfe729f5283d29272012d \\\n    --hash=sha256:d148cb6a9081ed999ca3cd0d95fb9eaf79bf17d885bba93c83de52273d2fe0af \\\n    --hash=sha256:d3f745f4947df9004e2637753ff81d52f305f790f49d67f72e1677db12b07a7b \\\n    --hash=sha256:d74eabd68e68861333e3fcb92b520a2a851f6485abf4b723887590399d4980c1 \\\n    --hash=sha256:d78145adedfe51dc2fda623e6602cf816dabc2eafcff693bd50484321a1c9034 \\\n    --hash=sha256:d809399022e244eb86bb532a4ae9a45746e0f6dc5154fd6aa2f6ad63fa3f5373 \\\n    --hash=sha256:db69b9cf879bddeea41210c80b8c8877bfe2709e2bee9d18d5a5c00e7eb75972 \\\n    --hash=sha256:e101801b4124e905da0732cf2b0d838f682a9ea5273d7cced3d54bdbe744e6f7 \\\n    --hash=sha256:e1120ef2ae3a5e514c9ea9fce83519ba692710ea5f38434eadbbf12789073dfe \\\n    --hash=sha256:e45a8ea8a3f5258a2787e7e08330f6677086313c23126896954a264fced4862c \\\n    --hash=sha256:ed3ae4c3659aea1fb0e3a6c1061fc4c64d9b7a2a8f4a27443dc43d74fa84cf03 \\\n    --hash=sha256:f2342b1f3e87b2096320a77edcbb830fbd23b1d4d4842c57567764430b95e4fc \\\n    --hash=sha256:f24d20a68f0e37ca6fc490388e7eeb48abab3da0dbf06248135ed6179f5f521d \\\n    --hash=sha256:f8eadd207c26850a2e15f3c2a1096b5d051ea6758a26f2f3e65ce16f84297ed8 \\\n    --hash=sha256:fbe1f8c788fb5df18ea8a5432dfa2473fd8f7f088025fb83d089a7c7b37e37b0 \\\n    --hash=sha256:fd5adfb01cea16908d617af55b00a84c9e581964b77d4301c29fd735bb7850c3 \\\n    --hash=sha256:fe3036fb6e7b61159f554af153824786999142b69fea081acf8cb0958603ea26\nclick==8.5.1 \\\n    --hash=sha256:8bb5376d2006950386f8c6427613334a2acadc5f559cb80e638d00b4df957e37 \\\n    --hash=sha256:9bbfada76703fd1d784b83eea012e3e8c6a001a876543ef104fa56aaaeb072b4\nh11==0.16.0 \\\n    --hash=sha256:4e35b956cf45792e4caa5885e69fba00bdbc6ffafbfa020300e549b208ee5ff1 \\\n    --hash=sha256:63cf8bbe7522de3bf65932fda1d9c2772064ffb3dae62d55932da54b31cb6c86\nhttptools==0.9.0 \\\n    --hash=sha256:02bc5b3dcb6394b9d825fd62a7bfa0b2943063a3c89abc4492ad45e334a20eb5 \\\n    --hash=sha256:050f7ab098121873c8f13e35857f97ab60a76185c8302bde9a384939bb7c3b96 \\\n    --hash=sha256:050f84b7ec46a6efe0e5f521cf8729e3397c1cef4384f62ed8d5d68ca0045776 \\\n    --hash=sha256:06bfe7fad972a417269d8a5fc53b87e4eca970354abf5e9e24336fd06d64292e \\\n    --hash=sha256:088de1738e1af624466a01c35d652dbe6fb825be887c76d68aa850621d81db88 \\\n    --hash=sha256:0adc974916efe1fbf89d0363a86dcb2c746727643e362ff398de1a4b50b6bc77 \\\n    --hash=sha256:0cc339a807c156d840b54f8bf050ba0fc265eb81692c24bca8535b52fbd797c6 \\\n    --hash=sha256:0fd73d0bbf700a30dd87e4412adf41cfa71542a533d6b390c7244bbb8a1152bb \\\n    --hash=sha256:130635fea6e611a6b2026120037965ddb88b3dafd11bb64e264b101a70a76630 \\\n    --hash=sha256:13873eb8aef5972fcfee614f63d47064312ad4efbfe65ade15b8a3b77f8c8659 \\\n    --hash=sha256:18d800aaa2d6bff7d889df810d1b19a5fde72b1f6c0ca96e8d9f28a692fe5460 \\\n    --hash=sha256:1a4050a651e1f2faf05eb028ce9f2168abbcee9e24b209f5c1f2eb96d8c569e4 \\\n    --hash=sha256:1a7f1df31829c258158be01bb04eb668c4fba7df1ddf2262131a972962e651b6 \\\n    --hash=sha256:1b01c0fcd6725a8d79a164ecdc4116866282479d68bb3d6d74a909bf994656c4 \\\n    --hash=sha256:1b95775f6292d72cb452c33e5c0f8b8551807c29a10e3c1671fef7f61361370a \\\n    --hash=sha256:1f6da814aeecbc6cb8872d6d3e85ed16e8ab1653f9557cea8658725ce212348a \\\n    --hash=sha256:2095207b75a83c9e947346da9c127fb7e4fb29f41589df2643764f06b750989c \\\n    --hash=sha256:22ab1b10b06d357f01092e60f5e6856a0d479ed79b0ec2166a339ea26c699be2 \\\n    --hash=sha256:2319858018eedd0c0b2f950a620413c0a9d1352607be4267eb28209eca8b1e3f \\\n    --hash=sha256:268d18601feb5367885c6ebf6f402c18fc25a324cee215784adafe0a1eef925f \\\n    --hash=sha256:26e1d9629f3bf70d23f0d22238152aec51c837a7c9e384cb74f356fdccad7eb3 \\\n    --hash=sha256:272db0c51e8b71e953c1f2ecbe63402b819680e4564be2ef285cfd4584ee8355 \\\n    --hash=sha256:289f213d2a3dde2e8312c415ffecec5a01698589ec6249ec4e8fb3b47c0444ba \\\n    --hash=sha256:29b0d823e3c1e7cd1093a5dc889245db693ef13ada624cd66e2262421ef38867 \\\n    --hash=sha256:310266a2db1377ffae3bdf6556ab4973f4f94508a8ce37b2f6bb096a89bcefa1 \\\n    --hash=sha256:3238e198429cb8909ec42951b82d6a33fe0fdfcf86371732f8f09311c5b8ac32 \\\n    --hash=sha256:34266cec8c1d4e3e91fcca7efe38971d6bdda64a7944f2a46ab576da15173680 \\\n    --hash=sha256:36fac804b8cfd6b935ae64f71349f833d2b6298404626d017a2c57bb942bc643 \\\n    --hash=sha256:3af4e45ff455fce5511fdf2653c1ce428ef09c56fe37a83eb4d924c2d474f31e \\\n    --hash=sha256:3e3201fe4d46e0d15d7ff9fafc94a605da9eb82d2c5b9837f0368acb325481f1 \\\n    --hash=sha256:45b3002392948dcf578029c89f6318e1289a993a1a5ec38a4161560fab60f811 \\\n    --hash=sha256:465bc1526debf53a3be92022a16ca0c38f891ea3b5c1587af4f52e44020f8a07 \\\n    --hash=sha256:48c705bd0b1afb6253ed71eca9f9ba7ac7d47838e5fed1ef7891d67f21ecd4de \\\n    --hash=sha256:4a4d8c2c7e73ba5967be74d7c3a5ff81fde815ee1b48d9c5c0f14de8463a847b \\\n    --hash=sha256:4a85401b0c3f893cf5695c1199e8679fbf673f7f78c2f6c11d6b1850f8c7e358 \\\n    --hash=sha256:4c58dc91aefb31adad500aa68054334f429b840b36dd29e34e834101044cb2ef \\\n    --hash=sha256:4efbee349138a3fee7a4cc3a95abd2d499fae70dd5bff9fed9138d6f570f4283 \\\n    --hash=sha256:4fb995082fe41ec410b33c48b54fb1d44abb8a6ee762c31e8c42519e8c3a30a9 \\\n    --hash=sha256:5042aa1c7e2b1a24c17dab31d8770b63a5101c9abc25f832c6aef6b201e1ca4f \\\n    --hash=sha256:52fe0176682a25b15370f23f5b0f1366a84771df89144fb0cd979cb72a94b5ca \\\n    --hash=sha256:5332a020a60bbe32ede4bda1a62b3d56c4831d309cdf0932842c0fca8ad6aaa3 \\\n    --hash=sha256:563e4568217dc907a91843f38c737be865222c0400a38cdcd0d26ce92b3db271 \\\n    --hash=sha256:581b27663c6e9f4df68068f32fe6d1cd7647b31fac90237221a66f8821c342eb \\\n    --hash=sha256:58a1b0ec4cbb930e69669f9771715b2c7898d3cdf064d9811f7a66afef96b544 \\\n    --hash=sha256:5cc5d3a29f9ec86ce406e5ec09c241dd8dc4d30e838f74f68d728b89131a3acf \\\n    --hash=sha256:63d38e9a9a10a20fb57593742e63c6b1e78dd7f6ef5472de8e0b1e4cf4f3db26 \\\n    --hash=sha256:6b1ac7f1bc6c0dbf90684b77571a51a21b2463909fd916ce0ac9bfc4d566dc75 \\\n    --hash=sha256:6b900073e7b8481ef1aaf4f6c1789d210a1db01a9da8789821578cfeb4c2d540 \\\n    --hash=sha256:6c12d0393a903b58bc5f5a7406d6c5290acfb8284290d68547ce620c06f7d133 \\\n    --hash=sha256:6e2780e33a58a93f27cc3bb74a55bae6f9a8278a1dbabdff392940d30d381671 \\\n    --hash=sha256:6ebd39ee26db460cfe5ab8b71a15d1149b289139a0d3981522757d6af620887e \\\n    --hash=sha256:6f8b41299b203ce8f627db670cfea82067d9638853dbeaf86dccd93878879b85 \\\n    --hash=sha256:6f9549ca354a1d6d6167c458a1f1b12147726b968f02dd64b6a5801dba91ae0f \\\n    --hash=sha256:6ff0145b34610e57c9fae20df4e133c8d54266447387de6fcc0bdabfe4db4569 \\\n    --hash=sha256:6ff5f0ed70783dcb9562dbd20edca51c3d4d277f128223709e3da6b75986d1d4 \\\n    --hash=sha256:714bf348f468532d86bed670837e7d5ddff3834dd7f5d3c08066da400c86f088 \\\n    --hash=sha256:757e3f79cb865a7db94e0db5f4d0ed3284a69e39d53568f433982ea13c60cac1 \\\n    --hash=sha256:7e32b83bd8c2f8b6fa726ef34e63e21c4d7eddc277d40d4ef7245ea3ed28e5b6 \\\n    --hash=sha256:805b0f2618e5d4c3e28f45b731eb1a0539691ae4a2f97b4ce014de0bf96a1ff5 \\\n    --hash=sha256:80eae881cfb69383303e9a4d7961a478025b89c24f38f2e69b30c516fa0d57f2 \\\n    --hash=sha256:813a32f94991b9627795528053c73a57d2ce3eb98ede89f0e1c7a31095938e81 \\\n    --hash=sha256:8463b34ebde3f000627e9dbd8a545f995ad49fbf7ff9dd5abc0cd507da98a603 \\\n    --hash=sha256:8a59c749a73fbdbc8e63b895a3079825fa085d752e75bc0a500042cb8a801e48 \\\n    --hash=sha256:8d90d10e9b6594c28f27896a68fab97fd784c43804e9fe419dab8e8dcfcf4b02 \\\n    --hash=sha256:8e1e037bb57dbc549c6fe20370b763ea74bdb09413cdcf857e4f14d9e4e2fb13 \\\n    --hash=sha256:931f45f84e15daafec5f82cc92e6710569e1f50933f3253d206eab4132bec678 \\\n    --hash=sha256:995b52f7c260ac7023640221f27472303968753cb6fc6fce1ddfb0e9db59a398 \\\n    --hash=sha256:9b4da5789d7cf576c7e81f0088c632f6ee3786d87d17f08e90e703c22ce15633 \\\n    --hash=sha256:a3ed60ea9a7c352c590182c67404599e6b5a0c901e75ae4cceee9a9fd6bfa455 \\\n    --hash=sha256:a4d1ecad62e83cc65b411ea0125972cf3af98821e8117129947fd1e3a113f8d2 \\\n    --hash=sha256:ae9bb62a7902e2ab65782447cd3eeb753510feace4e3ea03937a85489b01b16b \\\n    --hash=sha256:b2ab3aad55d75d0b8df8d8a1b5920baaec9b161112cd5e95984848b4d2cd3dfe \\\n    --hash=sha256:b2cc6991f16f6d666d48e4b57318104e7b29109e32e2f6b86e9d44c4e6a27f4e \\\n    --hash=sha256:b5a3f5f70967a1aa2bc47fec42a1e19d2fb38c61700e3ee62b63a4af4f4fd001 \\\n    --hash=sha256:b68fb053b37c258a473ab67f4965c3b439500dc160fe364667035a6833eaf50a \\\n    --hash=sha256:b6ee42112d785a913dd63ec0335435a3dddbea5040c151252db815b0095cf066 \\\n    --hash=sha256:b928ab0ecaa664e8caecc529dcb8bc881b6b35bb2b74bf9a39ae25f982ee8812 \\\n    --hash=sha256:b9430f65db521db7962ad951571d446171213686f96c998a54dc18ed574821e2 \\\n    --hash=sha256:b9cd15cb7cf0d5cc41f649fd789aae12c56c3b83eff593f8e095c1d4555ad5c3 \\\n    --hash=sha256:bb1533541c729ad422f870a780d8b4af924f9817d45b5f580390418cda72eaa2 \\\n    --hash=sha256:bbf7377fbd41b7c87d47820e25b9876724963681c2a1d6f6ff2adb4db46ac174 \\\n    --hash=sha256:bca180cbe84e4fba7807eb408a8655295f697928512324517e30a091ede522a8 \\\n    --hash=sha256:beb2c8a34cc90fb4d862b7284eafdb322030d6a8b2ee5eb6a744f84205beedc3 \\\n    --hash=sha256:bfdabac0c6d3d6a5be8c2a100a001c92c14a39bbafd5999545a675c493626e64 \\\n    --hash=sha256:c0e45def4d9ce7073e2226535572442d9d6efb4047c7a5fd8960807e877ce70a \\\n    --hash=sha256:c0f537e5e8152e8d9cae82804024790cb973061abd3b7ef8f66f46e2b5c7bb51 \\\n    --hash=sha256:c195a69df0ab2541252ab5b1d76e3c182e5688ac2a9b708e5e6f66aaeda91e9a \\\n    --hash=sha256:c271bfb832be5c5c020b4e2fcbc1e70a0b990adba6de874b0bba1184b89cdea3 \\\n    --hash=sha256:c42424213c28804f8d0e20f5692106cfb57bf72e1dbc4092b8481fb2f9e4c707 \\\n    --hash=sha256:c4fa57d3c31889722f64bfa785545a5e603a893b6f29ac1a41bfa830abeaefd5 \\\n    --hash=sha256:cb2bb3ac0af7fdab2311b895c9eb95442b45deb14cc949b9e65545e74aa0be69 \\\n    --hash=sha256:cb3e7a4fd0168e362673a980380bf4fd6ae3b1555150e60c5390b4b10d9c50c4 \\\n    --hash=sha256:cbbfcd5d15056fbd1edd5e725cf3feeb47c7cbccbe205927ebab422cc229f417 \\\n    --hash=sha256:cd3e55223a77d6e08d5730ebacb4930ecca5d2ce7c57e7ba10833be7e52903f1 \\\n    --hash=sha256:ce8e723b4637034b76f5382a30a6b725518c332273e8d62a6c7d46e90837c947 \\\n    --hash=sha256:d1e329a1866981efe0201d05a374617f6c6cf14434a501d78ab22793d1ab1fa6 \\\n    --hash=sha256:d20ba5c84cf0592afb2713336f07e2b6ced082e4ae803ceada153a85613efc9f \\\n    --hash=sha256:d2b095129b9a98eb46a271ee9631089529c4e40354576b4aa74e24de9d2bf2f7 \\\n    --hash=sha256:d3906b5c549ff2ad2473cb711e1fc65d76715c2726a402108fbf55eab6c6b49d \\\n    --hash=sha256:d484ebb7e3a3f3597b0f645fbd1b85633674ca808c1f5ba11c2caf7c66f5c8b6 \\\n    --hash=sha256:db735a23ecb0f0450d2b24e0a05fb00a8a35c9db172919c4d3e023e7c7ee4c9b \\\n    --hash=sha256:dbc9fd1521e573045d71b6afab7398439c5cc259e8cb9d416fe62d485c4899c6 \\\n    --hash=sha256:df3867518b205be3648e2fbd522bf380c851b5c2500588047505afdd786b6669 \\\n    --hash=sha256:e0acbd474d0af4afacc6e66c4273f8a19e25f8af4379fc816388095ea6b01371 \\\n    --hash=sha256:eacf0f45ca3ff84c01481c60c15da9ee56711f7292f66663df0f57af61e011c2 \\\n    --hash=sha256:ead1a40543a033a6732a9e1e515944979a19db3737ce77363fc0660e38554344 \\\n    --hash=sha256:eae4e9c7a0785a1a715de0a74fb822ab40084c060f444f18f075d05e322aa7ef \\\n    --hash=sha256:ecf7037e491c220cd73987838c1ac3958d787bb098c3be0bfaf7f04204a6162c \\\n    --hash=sha256:ecfeee649184ffd800955068be9a6b579a0f33fc3c98535d685d5779cb59347f \\\n    --hash=sha256:edd5aa045fa3cc57143db018dd32ce7962bd5b525d05230709015d7e570100aa \\\n    --hash=sha256:f0ef48ce353f6b6a52232ba23d0983d4c2c84c84a778899404e34b4718509bf2 \\\n    --hash=sha256:f1734bd6f588975ffc246211e8b96c11933344087ca280d2cbcbf35cf835d7a9 \\\n    --hash=sha256:f67db0ba2bedafec15b8e5330d40da1e1c7921559fa715af021252bfef81a6f8 \\\n    --hash=sha256:f6ac1414556b910a879c108d79736f77e797871f9919ed0d2c3cf8cf3ecca986 \\\n    --hash=sha256:f78f7ae1c2e5aabf29583fc0d302d8081a663776f84578025662eb6f5d63a921 \\\n    --hash=sha256:f9489c1d87160c126f73b004742fe8654fa1ce37ed89e9e01330a1c10aaecde4 \\\n    --hash=sha256:f9ccc9884241efceb4547a92955d128574c864681f11b7ea3ecbde295fafbe8b \\\n    --hash=sha256:fc1a4f9d18d32a6e0a0a0a382986a60a2126f5144dd08715be7adb8df18e8a46\norjson==3.13.0 \\\n    --hash=sha256:0526a3456db67b264c6d661b5f090077f326b6cd074d0ef53a72763595dec5d7 \\\n    --hash=sha256:08bf722f923d2100bc5e5a5dcf72c656db557049c1bea26582fdd5dd9d5395a1 \\\n    --hash=sha256:1807c2fa49d393c7ee95fd1ef1b39cbb24aa3ccd81f30b84503ba59407666960 \\\n    --hash=sha256:1d84820b2ec4ac975cba482214032de5b0dbdd17046170c98e642ef9c4a4ee4b \\\n    --hash=sha256:2715c4808d1571029ed18fd07a82140bf3ba7def0dc89f8d015c416e3649bf87 \\\n    --hash=sha256:3ef75ed7e81dae34a3649f82df52cd85f9ac839a7d6ec78ab355b33b3b27ef7f \\\n    --hash=sha256:4329c19b8a25693f60a77b867c9d2a3ab637b20e36f5b7bea7f5acb492b44b15 \\\n    --hash=sha256:45e34deb3437509f4ec9888dd9ee5dc426cfe21be10f1eb4ea3a9e4d33034f9e \\\n    --hash=sha256:4e5c8175e1574dcbe446ee654275d353c1d78bbd9a0dc9f209bf35c9df72d171 \\\n    --hash=sha256:4ee06e53b998c71ce3eb93b86222912fdd9dcced685ac64d4525d36fac338ea4 \\\n    --hash=sha256:4f66eac85b072092e9941c3111882afd7527bf926cbc717038fa3654b582002b \\\n    --hash=sha256:50a5202ba388b3850ba24437951727d3aa6d79a21964a30ae8dc6a059a5fd34c \\\n    --hash=sha256:51d11525bc3ca736fa97ce4e4c7da9999cc00bf261522bede43b4e7531bd7965 \\\n    --hash=sha256:554948becd1110123ef9f6a6e1310fd92b2d07d2cbac6dbf65df3de75702e736 \\\n    --hash=sha256:58a9619d88f8818d9ab6b39d70d203789457ba13c1ed5d274f33ce9ae7e81a36 \\\n    --hash=sha256:5ef4d4157392a0439b74f7e49e5636b4ea43d9616bd0884effc0195fffcaa2d5 \\\n    --hash=sha256:637dbca1fccffe83780e806fbc0f17427c0c59bf822528eb0acc8f0aa9f19acb \\\n    --hash=sha256:64e8f345048d988c8b68d3882e5d41028fca1219a9939b32e4a77be34c8ae8e3 \\\n    --hash=sha256:65c4e0e106ccc7265b488385659117a6805c37d042f737558ecd68aa0c67ad8f \\\n    --hash=sha256:6adcaa85d79977659a448b4123a88eb33511a11ed2db243535ad7ea88a6668e0 \\\n    --hash=sha256:6c8bfe728b81b0fd58a3c7f3f9c5a113f87f2992c9948e0f28707aafd737c0bc \\\n    --hash=sha256:6d0684895b119ad167fb4ec05113639dc7f728022deec4756a710e838ed92e7a \\\n    --hash=sha256:6ff2a2c67f35202f7d823753d38ad371a9b7fc297567cdfff4420e763cb9f6f8 \\\n    --hash=sha256:7804dd1d6161da0e53b284c2aebf20f23e78eaac617300803e1467d1828d987f \\\n    --hash=sha256:78a12d4f8d740cc9ae197f5223682e5e960ba61b4fb2ce5a6a3bb54e83fde28e \\\n    --hash=sha256:7991921c5da527a963b6d4cffd0e4ea89c7e71d4be0c8be1bfe6edb223ce7d96 \\\n    --hash=sha256:7b3bc6b81835ce65f4729ae401607583d41139c6de95bc7453f450f1391d3e7b \\\n    --hash=sha256:83705c12b4afde10c62a5dd3fe6fdb21b7900bd0dcd5af1c85612ae94d0ee590 \\\n    --hash=sha256:84d87e322e1674408f85adea63f11aa19201eba082755aec20ebc217f493bbd2 \\\n    --hash=sha256:8594956a75223f657e1e68c568c0eeb3dd145f02cd6b78a47fd9a8095dbc4eae \\\n    --hash=sha256:89bcf2d4bc6c9a7e1763c8cf534f38712e66b76a0fefda7fb7785462f0d635e4 \\\n    --hash=sha256:89efecad02515df7f318d0613b5dfd6d2a1acd323a2b8294712789a715945525 \\\n    --hash=sha256:8c2ac5c09b017c484df1b4c68b2cf250b4e8ba08204cb58e7cd6cbbc71a9c902 \\\n    --hash=sha256:91d933e668ff0ffe164d7c2daec36beba6d1ce7fadb71538fbe142a71f8a1e6e \\\n    --hash=sha256:93c70a5e22bbbbdeafc7b273441e8452a196041d67fd4d9a9c450c66370a8486 \\\n    --hash=sha256:948bad47f2e2e43527f14248364a0e5dee26dd3184691010ec4a1ebeb0fd6771 \\\n    --hash=sha256:9825b954155b345c4759f24e5f8d652b9aec2261bb5d4e1abe06bba0a1200535 \\\n    --hash=sha256:a0377d6962fa431c93ecd78fdea771bb62ec545b24ee0c5d4e32acf2260af259 \\\n    --hash=sha256:a79cdc4934fe81f593072c94e13da3095e9d41c2deef8f6ff2901794ca1c5042 \\\n    --hash=sha256:a7bfc7db961c7d96cb75889dc6a1e4ae1e91d87ee61da564f582bd742b8dfeef \\\n    --hash=sha256:ac81530647c3423107cf61c3481e91f57134e9ddfb6ef83f5150ccbdcbc3a3ee \\\n    --hash=sha256:ae1d895cf7bbfd50ef34bb63bb727b14514f259f3e3f8dd010783bd38e864c6e \\\n    --hash=sha256:b081f0e7b600ff24513dec4ca75507fa05e904607847e386e8310d5b7b96b6c7 \\\n    --hash=sha256:b571236d8393edcd3236e07423f762bfcf571f852aad667a3bce9e7b755e0790 \\\n    --hash=sha256:b74c30e56346aad067937d766846ee74c231d1d18aad3f324e9b9261de3b2d5e \\\n    --hash=sha256:bceadfd314bd238f584fc229a4bbaf0e573597e7a026dec5429fbf29fd66c641 \\\n    --hash=sha256:c5e3ccaac3106e8fa6e2f2f6962449d7c757d7b067e41b395a19d6f0d6cec892 \\\n    --hash=sha256:c749ab3ac30b5ab1ffb7677f8b92eacfdfdc5260210baa398f845bc3714c05d8 \\\n    --hash=sha256:cbed5f4c4b88d94bcc36115f4c3bb3aa25da1563a5c3328aa3acebce2b083040 \\\n    --hash=sha256:d1de5eb04485110c5da4c657e49168995d55e076b1ce60f1a042e254f4186c4f \\\n    --hash=sha256:dd61e64802d51d1e4f16531c64536354fc3bc67932dc0cff254044f72bf0f187 \\\n    --hash=sha256:dd9d9a101bd8dbfad112170f009cd155e52bb8c936468821a0d03cbb96c0e426 \\\n    --hash=sha256:ded33b972cffdaf4ca0ac917338ab61d2bb10d68987dbcae641c313fbfdbf499 \\\n    --hash=sha256:e8e05549f3b30f9d8a8e28c5aba11cc2a4b90b90961ec685ca58444b0815fc09 \\\n    --hash=sha256:e9b61676116f755126b90e740a9cff36b91562f47ec330056cc88cc3b9f02f4b \\\n    --hash=sha256:efa160215c4630836d3b1250af4c7a305acd8239e0d75aff986b8088c2fcacb6 \\\n    --hash=sha256:f5c05a8fee59309f537590a1ff12d3c1009c485e96a50a9ac60dd085c09d0fc0 \\\n    --hash=sha256:fb8644dc6d705e1269ed2842bf4dbe2b4e50d670de503bf79d5cef3a5148a4c7 \\\n    --hash=sha256:fbbad6b9b1da43f25c1f5b20cd5a268e028a2fc95d5a8d1ade6059973bc71584\nuvicorn==0.54.0 \\\n    --hash=sha256:505bdb0f318731d45f1f712071fc781a8981f6847a31c902c9f5e652d4f67faf \\\n    --hash=sha256:a2e33cbfaa0306f8e6b0c13e0cb89d7d7a2da3e62b90c66e18c33d9807b28620\nuvloop==0.23.0 ; platform_python_implementation == 'CPython' and sys_platform != 'win32' \\\n    --hash=sha256:0305871ac712f54b62af73f943dbf21ae3ce80a44bc0f0151424484affa85645 \\\n    --hash=sha256:090865d8ce7a03986755a3ce711b7dd0d4b44eb14ab74368b717f3fad1180208 \\\n    --hash=sha256:098a85e1393ef5202767b7e5fb41a32cd8bd81e6ee4af364c179801c4aa3f6d4 \\\n    --hash=sha256:0efdd55bddbd36bb2fcb842d64c0d5f6407c6958c68088cc25df8c09edc5b5fd \\\n    --hash=sha256:12634f15e6625f78b3f2922f91404c4d7173487eba11746764153f556e9852dc \\\n    --hash=sha256:1748321e3c59a14a75404b1ae8d5a8d81c4e201803ea0e14c1b6fd84421024b5 \\\n    --hash=sha256:19c64108b507cd0bc140e400e3396bacebd9d504956aa7726272bf6de7d9aabb \\\n    --hash=sha256:1e84575f11873c109cf3962ad0bdf679094466184125f4cadcc41a73febff41f \\\n    --hash=sha256:24c58ae4a83e93a04c504bcc678125e36a0bfc44af928ad69444880c60f187a5 \\\n    --hash=sha256:28d160f51ab4da3b187063652e643dea6831072add4adc1e6d62afbe73b6be27 \\\n    --hash=sha256:2dcff2d69be43e6559e5dad2c5a7a2dbfb60e05a77311b6c4b7a4a8123d86c65 \\\n    --hash=sha256:31e0cf90bc8fd88784f6802cdba968a51fb1aec1cc3feec74d862b2d371d1330 \\\n    --hash=sha256:378188efbb1524f2219d05246a3e1e5907217848d2882144dff59585f1b81d55 \\\n    --hash=sha256:42feced24b9b44b856c633eafb5cc5dec354972da55ce77598db6844c054bc7c \\\n    --hash=sha256:4448e9124537620f9c25d004c227bb5104440b58955c19bbd312d910af919a63 \\\n    --hash=sha256:4a08875543bbd4519faf30497506c9cda8a48470467ffdf967c7313c7a5981a8 \\\n    --hash=sha256:4b8e207c67d207a8608fec57e116511030af3495dc0109b8c333cf9cb412b16f \\\n    --hash=sha256:4bb7f5d0b62b5afaaaea2b7b60d508921c24b0fe39c22c1438bec1811ffe10ec \\\n    --hash=sha256:4f1798f56c6f4ba5ac11fa2869e5717926e4470d97a1dd42b4f59219d43b5027 \\\n    --hash=sha256:514698d3683189031dcbfdc31e87115992e5ce9e1b19fe5359941323f2df800c \\\n    --hash=sha256:53c2c5d7e2024e46776c2d90e6c637d01102126b61aaf5faa5edaf05f8b5722a \\\n    --hash=sha256:55d6f4135d914305929fe9e9c44d8b5383a9b3fa1bee3bfcf60ee97e01af07ea \\\n    --hash=sha256:5a2bbad3a63007f7e9524d4903ba04fee252557c2acd86f9a3d4f91786695254 \\\n    --hash=sha256:5a3e0f56ec19bfd9ad1605572878dd6ff7f01b325f4fc154812ae70d615c3aff \\\n    --hash=sha256:5bb9be71d9ee39b4359b832f9569518ec9bc08704194034e79e4958e6bc4d46d \\\n    --hash=sha256:60ec798c40a1810d282ee046f61ecac1c5675cb898763d9f08d97d53a5e00a81 \\\n    --hash=sha256:6b3cbc4f96ddfa1fb88a78a69dd851369825b7816d9702eee8c4461505ba172e \\\n    --hash=sha256:6c7ef4701a96553514b2688e342ef1bf2beae6cfd172d89a76c768292aabf405 \\\n    --hash=sha256:7337b06a9f9ed9ea3049f04b76f65819db9b19bb832ee598e97b388eadf25e5f \\\n    --hash=sha256:76345f51367fb1f23e08605c6efb18374f669be5b223658fbab6b17627950507 \\\n    --hash=sha256:7e35c9bc977760981693e1a7a51493b58ee5a501f9ebb1e547565ee40b6c6208 \\\n    --hash=sha256:80cac5cb90ed7b9b72a217a1d6982b15b829cdbd0ee6bc19b93e3a9e47fb0ac9 \\\n    --hash=sha256:8af88fe5c7dd68fe1fec6dea8155caa1a47155d219a750ff34049541cf536a5e \\\n    --hash=sha256:8fcd721113260ffb5e38bf14a8725b17d431f34209f7d1c7005b667946e630b3 \\\n    --hash=sha256:93087a845cdfb35753e539354ac9551bdd2ff528c202a98df0ae46e852bcf021 \\\n    --hash=sha256:93935ab27b6eaef4c3e5489aebc84284f0644592f7ab516df60ee1b27eaf5eb3 \\\n    --hash=sha256:9bf08e4b6362dd1c08623bbfa2d061e8bac0f1da8fc2007062cfe1dc360a49fa \\\n    --hash=sha256:a6ac96da66c35bf789bdcde78a88dc7d56b7907d8379648c54adc1c61594575d \\\n    --hash=sha256:ab17b3a8aa754be0de0e397f7b95f13b14e56f077a4c6ae295e3d4afd199b325 \\\n    --hash=sha256:b0d106d9314546d69b3df1b5352639aa628530ec3ecef8a98a21942d2a2a64f5 \\\n    --hash=sha256:b90397a50ad6332ed3e459c648ac20d182cce24a557354363ad85fc9ea4a17cd \\\n    --hash=sha256:bbbdb8fcd5e7062e546eec1ac78c28bb21ae7df54c18f8e4b06e15a18d661a49 \\\n    --hash=sha256:bd6f2f81c7b9da99d301c0b16b82044e76fe887086e42e1590ecf520b94dbdac \\\n    --hash=sha256:be53e1d5f83de43dc175c87612ecc128d444b38e5c56cb3f807f5a73d6887476 \\\n    --hash=sha256:c3f23f403a273900d57de6ee5ca0614c650f7f58563065dad1a4744498960e53 \\\n    --hash=sha256:cbe8d03d4efcccdb7fcedecbaa1e1fa02913eaf3a74cb933634a6bc6d2ea9e2a \\\n    --hash=sha256:ce17bc317d089f361b33521654c13e30eacfd3d2034fd34e613ca9c51c969686 \\\n    --hash=sha256:d918d6f304a309222a784bbd140b85ec5594d97e4dc0e79f590549d28970663a \\\n    --hash=sha256:dc61e4f9e37b507069dc7e659ae28bca7adcb04c993c3508214315d12c63f848 \\\n    --hash=sha256:e095f9e105af76593b4c183bb0bcbdae64bd913a59ec595732dc108b48730ab5 \\\n    --hash=sha256:e2cba180d6451822763eda8364f342435a873bcfb3849cbd82fdeca248ca65eb \\\n    --hash=sha256:e49eba8f1e28e7c03648b7a476e1ba05309e087ccdea859fc6dd659564aa8d7e \\\n    --hash=sha256:f1341c6abcee1c31277cfe28d34e46196f2143ec3d755e6efe7452126e1f626d \\\n    --hash=sha256:f3fbfe82829d8e381426a289b87e59e585278728361db9ce975b88b51f64f410 \\\n    --hash=sha256:f50b580fad005a092ed87c5a3a4683459b21d1620497d6a5bccad203bee4c071 \\\n    --hash=sha256:f5576e8ae1723ece60d8f93c6710abf784714e99388bcf023ba9ca800bc587f6 \\\n    --hash=sha256:f673d835bdb1a60229cc3609a113fd2c9ce3f4a3c75ad4eaed111180c00199d2 \\\n    --hash=sha256:f7548ede3ee908cfabc0d068106e303a9a2d811af959cdf6ab85676344cedcda \\\n    --hash=sha256:fa8ed556fcc87a4091cf61587ef172fa104323dc89ecc085a618ba7ff8629a8f \\\n    --hash=sha256:fefea5cf8cdda9053b962ca8a90216fb0b1d40907dcb6819382b42e483e6e9f6 \\\n    --hash=sha256:ff7144d8167e513fe39fbb46bffb4f6f192dfb1f4b0b4e9102e1fd4f212e4747\n")


def _router_requirements_txt(v: Values, write: Write) -> None:
    write("click==8.5.1 \\\n    --hash=sha256:8bb5376d2006950386f8c6427613334a2acadc5f559cb80e638d00b4df957e37 \\\n    --hash=sha256:9bbfada76703fd1d784b83eea012e3e8c6a001a876543ef104fa56aaaeb072b4\nh11==0.16.0 \\\n    --hash=sha256:4e35b956cf45792e4caa5885e69fba00bdbc6ffafbfa020300e549b208ee5ff1 \\\n    --hash=sha256:63cf8bbe7522de3bf65932fda1d9c2772064ffb3dae62d55932da54b31cb6c86\nhttptools==0.9.0 \\\n    --hash=sha256:02bc5b3dcb6394b9d825fd62a7bfa0b2943063a3c89abc4492ad45e334a20eb5 \\\n    --hash=sha256:050f7ab098121873c8f13e35857f97ab60a76185c8302bde9a384939bb7c3b96 \\\n    --hash=sha256:050f84b7ec46a6efe0e5f521cf8729e3397c1cef4384f62ed8d5d68ca0045776 \\\n    --hash=sha256:06bfe7fad972a417269d8a5fc53b87e4eca970354abf5e9e24336fd06d64292e \\\n    --hash=sha256:088de1738e1af624466a01c35d652dbe6fb825be887c76d68aa850621d81db88 \\\n    --hash=sha256:0adc974916efe1fbf89d0363a86dcb2c746727643e362ff398de1a4b50b6bc77 \\\n    --hash=sha256:0cc339a807c156d840b54f8bf050ba0fc265eb81692c24bca8535b52fbd797c6 \\\n    --hash=sha256:0fd73d0bbf700a30dd87e4412adf41cfa71542a533d6b390c7244bbb8a1152bb \\\n    --hash=sha256:130635fea6e611a6b2026120037965ddb88b3dafd11bb64e264b101a70a76630 \\\n    --hash=sha256:13873eb8aef5972fcfee614f63d47064312ad4efbfe65ade15b8a3b77f8c8659 \\\n    --hash=sha256:18d800aaa2d6bff7d889df810d1b19a5fde72b1f6c0ca96e8d9f28a692fe5460 \\\n    --hash=sha256:1a4050a651e1f2faf05eb028ce9f2168abbcee9e24b209f5c1f2eb96d8c569e4 \\\n    --hash=sha256:1a7f1df31829c258158be01bb04eb668c4fba7df1ddf2262131a972962e651b6 \\\n    --hash=sha256:1b01c0fcd6725a8d79a164ecdc4116866282479d68bb3d6d74a909bf994656c4 \\\n    --hash=sha256:1b95775f6292d72cb452c33e5c0f8b8551807c29a10e3c1671fef7f61361370a \\\n    --hash=sha256:1f6da814aeecbc6cb8872d6d3e85ed16e8ab1653f9557cea8658725ce212348a \\\n    --hash=sha256:2095207b75a83c9e947346da9c127fb7e4fb29f41589df2643764f06b750989c \\\n    --hash=sha256:22ab1b10b06d357f01092e60f5e6856a0d479ed79b0ec2166a339ea26c699be2 \\\n    --hash=sha256:2319858018eedd0c0b2f950a620413c0a9d1352607be4267eb28209eca8b1e3f \\\n    --hash=sha256:268d18601feb5367885c6ebf6f402c18fc25a324cee215784adafe0a1eef925f \\\n    --hash=sha256:26e1d9629f3bf70d23f0d22238152aec51c837a7c9e384cb74f356fdccad7eb3 \\\n    --hash=sha256:272db0c51e8b71e953c1f2ecbe63402b819680e4564be2ef285cfd4584ee8355 \\\n    --hash=sha256:289f213d2a3dde2e8312c415ffecec5a01698589ec6249ec4e8fb3b47c0444ba \\\n    --hash=sha256:29b0d823e3c1e7cd1093a5dc889245db693ef13ada624cd66e2262421ef38867 \\\n    --hash=sha256:310266a2db1377ffae3bdf6556ab4973f4f94508a8ce37b2f6bb096a89bcefa1 \\\n    --hash=sha256:3238e198429cb8909ec42951b82d6a33fe0fdfcf86371732f8f09311c5b8ac32 \\\n    --hash=sha256:34266cec8c1d4e3e91fcca7efe38971d6bdda64a7944f2a46ab576da15173680 \\\n    --hash=sha256:36fac804b8cfd6b935ae64f71349f833d2b6298404626d017a2c57bb942bc643 \\\n    --hash=sha256:3af4e45ff455fce5511fdf2653c1ce428ef09c56fe37a83eb4d924c2d474f31e \\\n    --hash=sha256:3e3201fe4d46e0d15d7ff9fafc94a605da9eb82d2c5b9837f0368acb325481f1 \\\n    --hash=sha256:45b3002392948dcf578029c89f6318e1289a993a1a5ec38a4161560fab60f811 \\\n    --hash=sha256:465bc1526debf53a3be92022a16ca0c38f891ea3b5c1587af4f52e44020f8a07 \\\n    --hash=sha256:48c705bd0b1afb6253ed71eca9f9ba7ac7d47838e5fed1ef7891d67f21ecd4de \\\n    --hash=sha256:4a4d8c2c7e73ba5967be74d7c3a5ff81fde815ee1b48d9c5c0f14de8463a847b \\\n    --hash=sha256:4a85401b0c3f893cf5695c1199e8679fbf673f7f78c2f6c11d6b1850f8c7e358 \\\n    --hash=sha256:4c58dc91aefb31adad500aa68054334f429b840b36dd29e34e834101044cb2ef \\\n    --hash=sha256:4efbee349138a3fee7a4cc3a95abd2d499fae70dd5bff9fed9138d6f570f4283 \\\n    --hash=sha256:4fb995082fe41ec410b33c48b54fb1d44abb8a6ee762c31e8c42519e8c3a30a9 \\\n    --hash=sha256:5042aa1c7e2b1a24c17dab31d8770b63a5101c9abc25f832c6aef6b201e1ca4f \\\n    --hash=sha256:52fe0176682a25b15370f23f5b0f1366a84771df89144fb0cd979cb72a94b5ca \\\n    --hash=sha256:5332a020a60bbe32ede4bda1a62b3d56c4831d309cdf0932842c0fca8ad6aaa3 \\\n    --hash=sha256:563e4568217dc907a91843f38c737be865222c0400a38cdcd0d26ce92b3db271 \\\n    --hash=sha256:581b27663c6e9f4df68068f32fe6d1cd7647b31fac90237221a66f8821c342eb \\\n    --hash=sha256:58a1b0ec4cbb930e69669f9771715b2c7898d3cdf064d9811f7a66afef96b544 \\\n    --hash=sha256:5cc5d3a29f9ec86ce406e5ec09c241dd8dc4d30e838f74f68d728b89131a3acf \\\n    --hash=sha256:63d38e9a9a10a20fb57593742e63c6b1e78dd7f6ef5472de8e0b1e4cf4f3db26 \\\n    --hash=sha256:6b1ac7f1bc6c0dbf90684b77571a51a21b2463909fd916ce0ac9bfc4d566dc75 \\\n    --hash=sha256:6b900073e7b8481ef1aaf4f6c1789d210a1db01a9da8789821578cfeb4c2d540 \\\n    --hash=sha256:6c12d0393a903b58bc5f5a7406d6c5290acfb8284290d68547ce620c06f7d133 \\\n    --hash=sha256:6e2780e33a58a93f27cc3bb74a55bae6f9a8278a1dbabdff392940d30d381671 \\\n    --hash=sha256:6ebd39ee26db460cfe5ab8b71a15d1149b289139a0d3981522757d6af620887e \\\n    --hash=sha256:6f8b41299b203ce8f627db670cfea82067d9638853dbeaf86dccd93878879b85 \\\n    --hash=sha256:6f9549ca354a1d6d6167c458a1f1b12147726b968f02dd64b6a5801dba91ae0f \\\n    --hash=sha256:6ff0145b34610e57c9fae20df4e133c8d54266447387de6fcc0bdabfe4db4569 \\\n    --hash=sha256:6ff5f0ed70783dcb9562dbd20edca51c3d4d277f128223709e3da6b75986d1d4 \\\n    --hash=sha256:714bf348f468532d86bed670837e7d5ddff3834dd7f5d3c08066da400c86f088 \\\n    --hash=sha256:757e3f79cb865a7db94e0db5f4d0ed3284a69e39d53568f433982ea13c60cac1 \\\n    --hash=sha256:7e32b83bd8c2f8b6fa726ef34e63e21c4d7eddc277d40d4ef7245ea3ed28e5b6 \\\n    --hash=sha256:805b0f2618e5d4c3e28f45b731eb1a0539691ae4a2f97b4ce014de0bf96a1ff5 \\\n    --hash=sha256:80eae881cfb69383303e9a4d7961a478025b89c24f38f2e69b30c516fa0d57f2 \\\n    --hash=sha256:813a32f94991b9627795528053c73a57d2ce3eb98ede89f0e1c7a31095938e81 \\\n    --hash=sha256:8463b34ebde3f000627e9dbd8a545f995ad49fbf7ff9dd5abc0cd507da98a603 \\\n    --hash=sha256:8a59c749a73fbdbc8e63b895a3079825fa085d752e75bc0a500042cb8a801e48 \\\n    --hash=sha256:8d90d10e9b6594c28f27896a68fab97fd784c43804e9fe419dab8e8dcfcf4b02 \\\n    --hash=sha256:8e1e037bb57dbc549c6fe20370b763ea74bdb09413cdcf857e4f14d9e4e2fb13 \\\n    --hash=sha256:931f45f84e15daafec5f82cc92e6710569e1f50933f3253d206eab4132bec678 \\\n    --hash=sha256:995b52f7c260ac7023640221f27472303968753cb6fc6fce1ddfb0e9db59a398 \\\n    --hash=sha256:9b4da5789d7cf576c7e81f0088c632f6ee3786d87d17f08e90e703c22ce15633 \\\n    --hash=sha256:a3ed60ea9a7c352c590182c67404599e6b5a0c901e75ae4cceee9a9fd6bfa455 \\\n    --hash=sha256:a4d1ecad62e83cc65b411ea0125972cf3af98821e8117129947fd1e3a113f8d2 \\\n    --hash=sha256:ae9bb62a7902e2ab65782447cd3eeb753510feace4e3ea03937a85489b01b16b \\\n    --hash=sha256:b2ab3aad55d75d0b8df8d8a1b5920baaec9b161112cd5e95984848b4d2cd3dfe \\\n    --hash=sha256:b2cc6991f16f6d666d48e4b57318104e7b29109e32e2f6b86e9d44c4e6a27f4e \\\n    --hash=sha256:b5a3f5f70967a1aa2bc47fec42a1e19d2fb38c61700e3ee62b63a4af4f4fd001 \\\n    --hash=sha256:b68fb053b37c258a473ab67f4965c3b439500dc160fe364667035a6833eaf50a \\\n    --hash=sha256:b6ee42112d785a913dd63ec0335435a3dddbea5040c151252db815b0095cf066 \\\n    --hash=sha256:b928ab0ecaa664e8caecc529dcb8bc881b6b35bb2b74bf9a39ae25f982ee8812 \\\n    --hash=sha256:b9430f65db521db7962ad951571d446171213686f96c998a54dc18ed574821e2 \\\n    --hash=sha256:b9cd15cb7cf0d5cc41f649fd789aae12c56c3b83eff593f8e095c1d4555ad5c3 \\\n    --hash=sha256:bb1533541c729ad422f870a780d8b4af924f9817d45b5f580390418cda72eaa2 \\\n    --hash=sha256:bbf7377fbd41b7c87d47820e25b9876724963681c2a1d6f6ff2adb4db46ac174 \\\n    --hash=sha256:bca180cbe84e4fba7807eb408a8655295f697928512324517e30a091ede522a8 \\\n    --hash=sha256:beb2c8a34cc90fb4d862b7284eafdb322030d6a8b2ee5eb6a744f84205beedc3 \\\n    --hash=sha256:bfdabac0c6d3d6a5be8c2a100a001c92c14a39bbafd5999545a675c493626e64 \\\n    --hash=sha256:c0e45def4d9ce7073e2226535572442d9d6efb4047c7a5fd8960807e877ce70a \\\n    --hash=sha256:c0f537e5e8152e8d9cae82804024790cb973061abd3b7ef8f66f46e2b5c7bb51 \\\n    --hash=sha256:c195a69df0ab2541252ab5b1d76e3c182e5688ac2a9b708e5e6f66aaeda91e9a \\\n    --hash=sha256:c271bfb832be5c5c020b4e2fcbc1e70a0b990adba6de874b0bba1184b89cdea3 \\\n    --hash=sha256:c42424213c28804f8d0e20f5692106cfb57bf72e1dbc4092b8481fb2f9e4c707 \\\n    --hash=sha256:c4fa57d3c31889722f64bfa785545a5e603a893b6f29ac1a41bfa830abeaefd5 \\\n    --hash=sha256:cb2bb3ac0af7fdab2311b895c9eb95442b45deb14cc949b9e65545e74aa0be69 \\\n    --hash=sha256:cb3e7a4fd0168e362673a980380bf4fd6ae3b1555150e60c5390b4b10d9c50c4 \\\n    --hash=sha256:cbbfcd5d15056fbd1edd5e725cf3feeb47c7cbccbe205927ebab422cc229f417 \\\n    --hash=sha256:cd3e55223a77d6e08d5730ebacb4930ecca5d2ce7c57e7ba10833be7e52903f1 \\\n    --hash=sha256:ce8e723b4637034b76f5382a30a6b725518c332273e8d62a6c7d46e90837c947 \\\n    --hash=sha256:d1e329a1866981efe0201d05a374617f6c6cf14434a501d78ab22793d1ab1fa6 \\\n    --hash=sha256:d20ba5c84cf0592afb2713336f07e2b6ced082e4ae803ceada153a85613efc9f \\\n    --hash=sha256:d2b095129b9a98eb46a271ee9631089529c4e40354576b4aa74e24de9d2bf2f7 \\\n    --hash=sha256:d3906b5c549ff2ad2473cb711e1fc65d76715c2726a402108fbf55eab6c6b49d \\\n    --hash=sha256:d484ebb7e3a3f3597b0f645fbd1b85633674ca808c1f5ba11c2caf7c66f5c8b6 \\\n    --hash=sha256:db735a23ecb0f0450d2b24e0a05fb00a8a35c9db172919c4d3e023e7c7ee4c9b \\\n    --hash=sha256:dbc9fd1521e573045d71b6afab7398439c5cc259e8cb9d416fe62d485c4899c6 \\\n    --hash=sha256:df3867518b205be3648e2fbd522bf380c851b5c2500588047505afdd786b6669 \\\n    --hash=sha256:e0acbd474d0af4afacc6e66c4273f8a19e25f8af4379fc816388095ea6b01371 \\\n    --hash=sha256:eacf0f45ca3ff84c01481c60c15da9ee56711f7292f66663df0f57af61e011c2 \\\n    --hash=sha256:ead1a40543a033a6732a9e1e515944979a19db3737ce77363fc0660e38554344 \\\n    --hash=sha256:eae4e9c7a0785a1a715de0a74fb822ab40084c060f444f18f075d05e322aa7ef \\\n    --hash=sha256:ecf7037e491c220cd73987838c1ac3958d787bb098c3be0bfaf7f04204a6162c \\\n    --hash=sha256:ecfeee649184ffd800955068be9a6b579a0f33fc3c98535d685d5779cb59347f \\\n    --hash=sha256:edd5aa045fa3cc57143db018dd32ce7962bd5b525d05230709015d7e570100aa \\\n    --hash=sha256:f0ef48ce353f6b6a52232ba23d0983d4c2c84c84a778899404e34b4718509bf2 \\\n    --hash=sha256:f1734bd6f588975ffc246211e8b96c11933344087ca280d2cbcbf35cf835d7a9 \\\n    --hash=sha256:f67db0ba2bedafec15b8e5330d40da1e1c7921559fa715af021252bfef81a6f8 \\\n    --hash=sha256:f6ac1414556b910a879c108d79736f77e797871f9919ed0d2c3cf8cf3ecca986 \\\n    --hash=sha256:f78f7ae1c2e5aabf29583fc0d302d8081a663776f84578025662eb6f5d63a921 \\\n    --hash=sha256:f9489c1d87160c126f73b004742fe8654fa1ce37ed89e9e01330a1c10aaecde4 \\\n    --hash=sha256:f9ccc9884241efceb4547a92955d128574c864681f11b7ea3ecbde295fafbe8b \\\n    --hash=sha256:fc1a4f9d18d32a6e0a0a0a382986a60a2126f5144dd08715be7adb8df18e8a46\norjson==3.13.0 \\\n    --hash=sha256:0526a3456db67b264c6d661b5f090077f326b6cd074d0ef53a72763595dec5d7 \\\n    --hash=sha256:08bf722f923d2100bc5e5a5dcf72c656db557049c1bea26582fdd5dd9d5395a1 \\\n    --hash=sha256:1807c2fa49d393c7ee95fd1ef1b39cbb24aa3ccd81f30b84503ba59407666960 \\\n    --hash=sha256:1d84820b2ec4ac975cba482214032de5b0dbdd17046170c98e642ef9c4a4ee4b \\\n    --hash=sha256:2715c4808d1571029ed18fd07a82140bf3ba7def0dc89f8d015c416e3649bf87 \\\n    --hash=sha256:3ef75ed7e81dae34a3649f82df52cd85f9ac839a7d6ec78ab355b33b3b27ef7f \\\n    --hash=sha256:4329c19b8a25693f60a77b867c9d2a3ab637b20e36f5b7bea7f5acb492b44b15 \\\n    --hash=sha256:45e34deb3437509f4ec9888dd9ee5dc426cfe21be10f1eb4ea3a9e4d33034f9e \\\n    --hash=sha256:4e5c8175e1574dcbe446ee654275d353c1d78bbd9a0dc9f209bf35c9df72d171 \\\n    --hash=sha256:4ee06e53b998c71ce3eb93b86222912fdd9dcced685ac64d4525d36fac338ea4 \\\n    --hash=sha256:4f66eac85b072092e9941c3111882afd7527bf926cbc717038fa3654b582002b \\\n    --hash=sha256:50a5202ba388b3850ba24437951727d3aa6d79a21964a30ae8dc6a059a5fd34c \\\n    --hash=sha256:51d11525bc3ca736fa97ce4e4c7da9999cc00bf261522bede43b4e7531bd7965 \\\n    --hash=sha256:554948becd1110123ef9f6a6e1310fd92b2d07d2cbac6dbf65df3de75702e736 \\\n    --hash=sha256:58a9619d88f8818d9ab6b39d70d203789457ba13c1ed5d274f33ce9ae7e81a36 \\\n    --hash=sha256:5ef4d4157392a0439b74f7e49e5636b4ea43d9616bd0884effc0195fffcaa2d5 \\\n    --hash=sha256:637dbca1fccffe83780e806fbc0f17427c0c59bf822528eb0acc8f0aa9f19acb \\\n    --hash=sha256:64e8f345048d988c8b68d3882e5d41028fca1219a9939b32e4a77be34c8ae8e3 \\\n    --hash=sha256:65c4e0e106ccc7265b488385659117a6805c37d042f737558ecd68aa0c67ad8f \\\n    --hash=sha256:6adcaa85d79977659a448b4123a88eb33511a11ed2db243535ad7ea88a6668e0 \\\n    --hash=sha256:6c8bfe728b81b0fd58a3c7f3f9c5a113f87f2992c9948e0f28707aafd737c0bc \\\n    --hash=sha256:6d0684895b119ad167fb4ec05113639dc7f728022deec4756a710e838ed92e7a \\\n    --hash=sha256:6ff2a2c67f35202f7d823753d38ad371a9b7fc297567cdfff4420e763cb9f6f8 \\\n    --hash=sha256:7804dd1d6161da0e53b284c2aebf20f23e78eaac617300803e1467d1828d987f \\\n    --hash=sha256:78a12d4f8d740cc9ae197f5223682e5e960ba61b4fb2ce5a6a3bb54e83fde28e \\\n    --hash=sha256:7991921c5da527a963b6d4cffd0e4ea89c7e71d4be0c8be1bfe6edb223ce7d96 \\\n    --hash=sha256:7b3bc6b81835ce65f4729ae401607583d41139c6de95bc7453f450f1391d3e7b \\\n    --hash=sha256:83705c12b4afde10c62a5dd3fe6fdb21b7900bd0dcd5af1c85612ae94d0ee590 \\\n    --hash=sha256:84d87e322e1674408f85adea63f11aa19201eba082755aec20ebc217f493bbd2 \\\n    --hash=sha256:8594956a75223f657e1e68c568c0eeb3dd145f02cd6b78a47fd9a8095dbc4eae \\\n    --hash=sha256:89bcf2d4bc6c9a7e1763c8cf534f38712e66b76a0fefda7fb7785462f0d635e4 \\\n    --hash=sha256:89efecad02515df7f318d0613b5dfd6d2a1acd323a2b8294712789a715945525 \\\n    --hash=sha256:8c2ac5c09b017c484df1b4c68b2cf250b4e8ba08204cb58e7cd6cbbc71a9c902 \\\n    --hash=sha256:91d933e668ff0ffe164d7c2daec36beba6d1ce7fadb71538fbe142a71f8a1e6e \\\n    --hash=sha256:93c70a5e22bbbbdeafc7b273441e8452a196041d67fd4d9a9c450c66370a8486 \\\n    --hash=sha256:948bad47f2e2e43527f14248364a0e5dee26dd3184691010ec4a1ebeb0fd6771 \\\n    --hash=sha256:9825b954155b345c4759f24e5f8d652b9aec2261bb5d4e1abe06bba0a1200535 \\\n    --hash=sha256:a0377d6962fa431c93ecd78fdea771bb62ec545b24ee0c5d4e32acf2260af259 \\\n    --hash=sha256:a79cdc4934fe81f593072c94e13da3095e9d41c2deef8f6ff2901794ca1c5042 \\\n    --hash=sha256:a7bfc7db961c7d96cb75889dc6a1e4ae1e91d87ee61da564f582bd742b8dfeef \\\n    --hash=sha256:ac81530647c3423107cf61c3481e91f57134e9ddfb6ef83f5150ccbdcbc3a3ee \\\n    --hash=sha256:ae1d895cf7bbfd50ef34bb63bb727b14514f259f3e3f8dd010783bd38e864c6e \\\n    --hash=sha256:b081f0e7b600ff24513dec4ca75507fa05e904607847e386e8310d5b7b96b6c7 \\\n    --hash=sha256:b571236d8393edcd3236e07423f762bfcf571f852aad667a3bce9e7b755e0790 \\\n    --hash=sha256:b74c30e56346aad067937d766846ee74c231d1d18aad3f324e9b9261de3b2d5e \\\n    --hash=sha256:bceadfd314bd238f584fc229a4bbaf0e573597e7a026dec5429fbf29fd66c641 \\\n    --hash=sha256:c5e3ccaac3106e8fa6e2f2f6962449d7c757d7b067e41b395a19d6f0d6cec892 \\\n    --hash=sha256:c749ab3ac30b5ab1ffb7677f8b92eacfdfdc5260210baa398f845bc3714c05d8 \\\n    --hash=sha256:cbed5f4c4b88d94bcc36115f4c3bb3aa25da1563a5c3328aa3acebce2b083040 \\\n    --hash=sha256:d1de5eb04485110c5da4c657e49168995d55e076b1ce60f1a042e254f4186c4f \\\n    --hash=sha256:dd61e64802d51d1e4f16531c64536354fc3bc67932dc0cff254044f72bf0f187 \\\n    --hash=sha256:dd9d9a101bd8dbfad112170f009cd155e52bb8c936468821a0d03cbb96c0e426 \\\n    --hash=sha256:ded33b972cffdaf4ca0ac917338ab61d2bb10d68987dbcae641c313fbfdbf499 \\\n    --hash=sha256:e8e05549f3b30f9d8a8e28c5aba11cc2a4b90b90961ec685ca58444b0815fc09 \\\n    --hash=sha256:e9b61676116f755126b90e740a9cff36b91562f47ec330056cc88cc3b9f02f4b \\\n    --hash=sha256:efa160215c4630836d3b1250af4c7a305acd8239e0d75aff986b8088c2fcacb6 \\\n    --hash=sha256:f5c05a8fee59309f537590a1ff12d3c1009c485e96a50a9ac60dd085c09d0fc0 \\\n    --hash=sha256:fb8644dc6d705e1269ed2842bf4dbe2b4e50d670de503bf79d5cef3a5148a4c7 \\\n    --hash=sha256:fbbad6b9b1da43f25c1f5b20cd5a268e028a2fc95d5a8d1ade6059973bc71584\nuvicorn==0.54.0 \\\n    --hash=sha256:505bdb0f318731d45f1f712071fc781a8981f6847a31c902c9f5e652d4f67faf \\\n    --hash=sha256:a2e33cbfaa0306f8e6b0c13e0cb89d7d7a2da3e62b90c66e18c33d9807b28620\nuvloop==0.23.0 ; platform_python_implementation == 'CPython' and sys_platform != 'win32' \\\n    --hash=sha256:0305871ac712f54b62af73f943dbf21ae3ce80a44bc0f0151424484affa85645 \\\n    --hash=sha256:090865d8ce7a03986755a3ce711b7dd0d4b44eb14ab74368b717f3fad1180208 \\\n    --hash=sha256:098a85e1393ef5202767b7e5fb41a32cd8bd81e6ee4af364c179801c4aa3f6d4 \\\n    --hash=sha256:0efdd55bddbd36bb2fcb842d64c0d5f6407c6958c68088cc25df8c09edc5b5fd \\\n    --hash=sha256:12634f15e6625f78b3f2922f91404c4d7173487eba11746764153f556e9852dc \\\n    --hash=sha256:1748321e3c59a14a75404b1ae8d5a8d81c4e201803ea0e14c1b6fd84421024b5 \\\n    --hash=sha256:19c64108b507cd0bc140e400e3396bacebd9d504956aa7726272bf6de7d9aabb \\\n    --hash=sha256:1e84575f11873c109cf3962ad0bdf679094466184125f4cadcc41a73febff41f \\\n    --hash=sha256:24c58ae4a83e93a04c504bcc678125e36a0bfc44af928ad69444880c60f187a5 \\\n    --hash=sha256:28d160f51ab4da3b187063652e643dea6831072add4adc1e6d62afbe73b6be27 \\\n    --hash=sha256:2dcff2d69be43e6559e5dad2c5a7a2dbfb60e05a77311b6c4b7a4a8123d86c65 \\\n    --hash=sha256:31e0cf90bc8fd88784f6802cdba968a51fb1aec1cc3feec74d862b2d371d1330 \\\n    --hash=sha256:378188efbb1524f2219d05246a3e1e5907217848d2882144dff59585f1b81d55 \\\n    --hash=sha256:42feced24b9b44b856c633eafb5cc5dec354972da55ce77598db6844c054bc7c \\\n    --hash=sha256:4448e9124537620f9c25d004c227bb5104440b58955c19bbd312d910af919a63 \\\n    --hash=sha256:4a08875543bbd4519faf30497506c9cda8a48470467ffdf967c7313c7a5981a8 \\\n    --hash=sha256:4b8e207c67d207a8608fec57e116511030af3495dc0109b8c333cf9cb412b16f \\\n    --hash=sha256:4bb7f5d0b62b5afaaaea2b7b60d508921c24b0fe39c22c1438bec1811ffe10ec \\\n    --hash=sha256:4f1798f56c6f4ba5ac11fa2869e5717926e4470d97a1dd42b4f59219d43b5027 \\\n    --hash=sha256:514698d3683189031dcbfdc31e87115992e5ce9e1b19fe5359941323f2df800c \\\n    --hash=sha256:53c2c5d7e2024e46776c2d90e6c637d01102126b61aaf5faa5edaf05f8b5722a \\\n    --hash=sha256:55d6f4135d914305929fe9e9c44d8b5383a9b3fa1bee3bfcf60ee97e01af07ea \\\n    --hash=sha256:5a2bbad3a63007f7e9524d4903ba04fee252557c2acd86f9a3d4f91786695254 \\\n    --hash=sha256:5a3e0f56ec19bfd9ad1605572878dd6ff7f01b325f4fc154812ae70d615c3aff \\\n    --hash=sha256:5bb9be71d9ee39b4359b832f9569518ec9bc08704194034e79e4958e6bc4d46d \\\n    --hash=sha256:60ec798c40a1810d282ee046f61ecac1c5675cb898763d9f08d97d53a5e00a81 \\\n    --hash=sha256:6b3cbc4f96ddfa1fb88a78a69dd851369825b7816d9702eee8c4461505ba172e \\\n    --hash=sha256:6c7ef4701a96553514b2688e342ef1bf2beae6cfd172d89a76c768292aabf405 \\\n    --hash=sha256:7337b06a9f9ed9ea3049f04b76f65819db9b19bb832ee598e97b388eadf25e5f \\\n    --hash=sha256:76345f51367fb1f23e08605c6efb18374f669be5b223658fbab6b17627950507 \\\n    --hash=sha256:7e35c9bc977760981693e1a7a51493b58ee5a501f9ebb1e547565ee40b6c6208 \\\n    --hash=sha256:80cac5cb90ed7b9b72a217a1d6982b15b829cdbd0ee6bc19b93e3a9e47fb0ac9 \\\n    --hash=sha256:8af88fe5c7dd68fe1fec6dea8155caa1a47155d219a750ff34049541cf536a5e \\\n    --hash=sha256:8fcd721113260ffb5e38bf14a8725b17d431f34209f7d1c7005b667946e630b3 \\\n    --hash=sha256:93087a845cdfb35753e539354ac9551bdd2ff528c202a98df0ae46e852bcf021 \\\n    --hash=sha256:93935ab27b6eaef4c3e5489aebc84284f0644592f7ab516df60ee1b27eaf5eb3 \\\n    --hash=sha256:9bf08e4b6362dd1c08623bbfa2d061e8bac0f1da8fc2007062cfe1dc360a49fa \\\n    --hash=sha256:a6ac96da66c35bf789bdcde78a88dc7d56b7907d8379648c54adc1c61594575d \\\n    --hash=sha256:ab17b3a8aa754be0de0e397f7b95f13b14e56f077a4c6ae295e3d4afd199b325 \\\n    --hash=sha256:b0d106d9314546d69b3df1b5352639aa628530ec3ecef8a98a21942d2a2a64f5 \\\n    --hash=sha256:b90397a50ad6332ed3e459c648ac20d182cce24a557354363ad85fc9ea4a17cd \\\n    --hash=sha256:bbbdb8fcd5e7062e546eec1ac78c28bb21ae7df54c18f8e4b06e15a18d661a49 \\\n    --hash=sha256:bd6f2f81c7b9da99d301c0b16b82044e76fe887086e42e1590ecf520b94dbdac \\\n    --hash=sha256:be53e1d5f83de43dc175c87612ecc128d444b38e5c56cb3f807f5a73d6887476 \\\n    --hash=sha256:c3f23f403a273900d57de6ee5ca0614c650f7f58563065dad1a4744498960e53 \\\n    --hash=sha256:cbe8d03d4efcccdb7fcedecbaa1e1fa02913eaf3a74cb933634a6bc6d2ea9e2a \\\n    --hash=sha256:ce17bc317d089f361b33521654c13e30eacfd3d2034fd34e613ca9c51c969686 \\\n    --hash=sha256:d918d6f304a309222a784bbd140b85ec5594d97e4dc0e79f590549d28970663a \\\n    --hash=sha256:dc61e4f9e37b507069dc7e659ae28bca7adcb04c993c3508214315d12c63f848 \\\n    --hash=sha256:e095f9e105af76593b4c183bb0bcbdae64bd913a59ec595732dc108b48730ab5 \\\n    --hash=sha256:e2cba180d6451822763eda8364f342435a873bcfb3849cbd82fdeca248ca65eb \\\n    --hash=sha256:e49eba8f1e28e7c03648b7a476e1ba05309e087ccdea859fc6dd659564aa8d7e \\\n    --hash=sha256:f1341c6abcee1c31277cfe28d34e46196f2143ec3d755e6efe7452126e1f626d \\\n    --hash=sha256:f3fbfe82829d8e381426a289b87e59e585278728361db9ce975b88b51f64f410 \\\n    --hash=sha256:f50b580fad005a092ed87c5a3a4683459b21d1620497d6a5bccad203bee4c071 \\\n    --hash=sha256:f5576e8ae1723ece60d8f93c6710abf784714e99388bcf023ba9ca800bc587f6 \\\n    --hash=sha256:f673d835bdb1a60229cc3609a113fd2c9ce3f4a3c75ad4eaed111180c00199d2 \\\n    --hash=sha256:f7548ede3ee908cfabc0d068106e303a9a2d811af959cdf6ab85676344cedcda \\\n    --hash=sha256:fa8ed556fcc87a4091cf61587ef172fa104323dc89ecc085a618ba7ff8629a8f \\\n    --hash=sha256:fefea5cf8cdda9053b962ca8a90216fb0b1d40907dcb6819382b42e483e6e9f6 \\\n    --hash=sha256:ff7144d8167e513fe39fbb46bffb4f6f192dfb1f4b0b4e9102e1fd4f212e4747\n")


def _router_ruff_toml(v: Values, write: Write) -> None:
    write('# The layout in which this folder was generated, so that your own formatter leaves it alone; `aua_runtime` is kept as it was shipped.\nline-length = 140\nextend-exclude = ["aua_runtime"]\n')


def _router_specialists_py(v: Values, write: Write) -> None:
    write('# ')
    write(str(FILTERS['comment'](v['header'])))
    write('\n"""The models that answer')
    write(str((", and the arbiter's" if v['arbiter'] else '')))
    write('. Bounds on calls are in seconds."""\n\nfrom aua_runtime.breaker import BreakerLimits\nfrom aua_runtime.engines import ')
    write(str(FILTERS['join'](v['engines'], ', ')))
    write('\nfrom aua_runtime.plan import ')
    write(str(FILTERS['join'](v['nouns'], ', ')))
    write('\n')
    for entry in v['specialists']:
        write('\n')
        write(str(get(entry, 'constant')))
        write(' = Specialist(\n    name=')
        write(str(FILTERS['python_literal'](get(entry, 'name'))))
        write(',\n    field=')
        write(str(FILTERS['python_literal'](get(entry, 'field'))))
        write(',\n    url=')
        write(str(FILTERS['python_literal'](get(entry, 'url'))))
        write(',\n')
        if get(entry, 'replicas'):
            write('    replicas=')
            write(str(v['literals'](get(entry, 'replicas'), 4, 'replicas=')))
            write(',\n')
        write('    model=')
        write(str(FILTERS['python_literal'](get(entry, 'model'))))
        write(',\n    engine=')
        write(str(get(entry, 'engine')))
        write(',\n    timeouts=Timeouts(\n        connect_s=')
        write(str(FILTERS['python_literal'](get(get(entry, 'timeouts'), 'connect_s'))))
        write(',\n        first_token_s=')
        write(str(FILTERS['python_literal'](get(get(entry, 'timeouts'), 'first_token_s'))))
        write(',\n        idle_s=')
        write(str(FILTERS['python_literal'](get(get(entry, 'timeouts'), 'idle_s'))))
        write(',\n        total_s=')
        write(str(FILTERS['python_literal'](get(get(entry, 'timeouts'), 'total_s'))))
        write(',\n    ),\n    retries=Retries(\n        max=')
        write(str(FILTERS['python_literal'](get(get(entry, 'retry'), 'max'))))
        write(',\n        base_s=')
        write(str(FILTERS['python_literal'](get(get(entry, 'retry'), 'base_s'))))
        write(',\n        cap_s=')
        write(str(FILTERS['python_literal'](get(get(entry, 'retry'), 'cap_s'))))
        write(',\n        budget=')
        write(str(FILTERS['python_literal'](get(get(entry, 'retry'), 'budget'))))
        write(',\n    ),\n    breaker=BreakerLimits(\n        threshold=')
        write(str(FILTERS['python_literal'](get(get(entry, 'breaker'), 'threshold'))))
        write(',\n        recovery_s=')
        write(str(FILTERS['python_literal'](get(get(entry, 'breaker'), 'recovery_s'))))
        write(',\n        half_open_max=')
        write(str(FILTERS['python_literal'](get(get(entry, 'breaker'), 'half_open_max'))))
        write(',\n')
        if get(get(entry, 'breaker'), 'window'):
            write('        window=')
            write(str(FILTERS['python_literal'](get(get(entry, 'breaker'), 'window'))))
            write(',\n        failing_share=')
            write(str(FILTERS['python_literal'](get(get(entry, 'breaker'), 'failing_share'))))
            write(',\n        slow_share=')
            write(str(FILTERS['python_literal'](get(get(entry, 'breaker'), 'slow_share'))))
            write(',\n')
        write('    ),\n')
        if get(entry, 'limits'):
            write('    limits=CallLimits(concurrency=')
            write(str(FILTERS['python_literal'](get(get(entry, 'limits'), 'concurrency'))))
            write(', queue=')
            write(str(FILTERS['python_literal'](get(get(entry, 'limits'), 'queue'))))
            write('),\n')
        if get(entry, 'probe_interval_s'):
            write('    probe_interval_s=')
            write(str(FILTERS['python_literal'](get(entry, 'probe_interval_s'))))
            write(',\n')
        if get(entry, 'hedge'):
            write('    hedge=Hedge(after_s=')
            write(str(FILTERS['python_literal'](get(get(entry, 'hedge'), 'after_s'))))
            write(', budget=')
            write(str(FILTERS['python_literal'](get(get(entry, 'hedge'), 'budget'))))
            write('),\n')
        if get(entry, 'fallback'):
            write('    fallback=')
            write(str(v['literals'](get(entry, 'fallback'), 4, 'fallback=')))
            write(',\n')
        if get(entry, 'key_env'):
            write('    key_env=')
            write(str(FILTERS['python_literal'](get(entry, 'key_env'))))
            write(',\n')
        if get(entry, 'headers'):
            write('    headers={\n')
            for (name, value, ) in get(get(entry, 'headers'), 'items')():
                write('        ')
                write(str(FILTERS['python_literal'](name)))
                write(': ')
                write(str(FILTERS['python_literal'](value)))
                write(',\n')
            write('    },\n')
        if (not get(entry, 'tls_verify')):
            write('    tls_verify=False,\n')
        if (not get(entry, 'private')):
            write('    private=False,\n')
        if get(entry, 'embeddings'):
            write('    embeddings=True,\n')
        write(')\n')
    write('\nSPECIALISTS = (\n')
    for entry in v['specialists']:
        write('    ')
        write(str(get(entry, 'constant')))
        write(',\n')
    write(')\n')


TEMPLATES: dict[str, Template] = {
    'compose/README.md.j2': _compose_README_md,
    'compose/env.j2': _compose_env,
    'kubernetes/README.md.j2': _kubernetes_README_md,
    'router/Dockerfile.j2': _router_Dockerfile,
    'router/README.md.j2': _router_README_md,
    'router/app.py.j2': _router_app_py,
    'router/fields.py.j2': _router_fields_py,
    'router/main.py.j2': _router_main_py,
    'router/package.py.j2': _router_package_py,
    'router/pipeline.py.j2': _router_pipeline_py,
    'router/prompts.py.j2': _router_prompts_py,
    'router/requirements-postgres.txt': _router_requirements_postgres_txt,
    'router/requirements.txt': _router_requirements_txt,
    'router/ruff.toml.j2': _router_ruff_toml,
    'router/specialists.py.j2': _router_specialists_py,
}
