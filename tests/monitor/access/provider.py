"""A provider of OpenID Connect, made of Authlib's server parts: code flow with PKCE, RS256, JWKS.

It signs in whoever it is told to. What it says can be bent, for what a client must not believe.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "livewatch", "the-secret-of-the-client-of-the-tests"


class Code(AuthorizationCodeMixin, SimpleNamespace):
    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Client(ClientMixin):
    def __init__(self, redirect: str) -> None:
        self._redirect = redirect

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self._redirect

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self._redirect

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class OidcProvider:
    """Runs in a thread, on a port of its own."""

    def __init__(self, redirect: str) -> None:
        self.person: dict[str, Any] = {"sub": "1001", "preferred_username": "赵刚", "roles": []}
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.bend: Callable[[dict[str, Any], dict[str, Any], Any], str] | None = None
        """Writes another id_token, of header, claims and key."""
        self.codes: dict[str, Code] = {}
        self.asked: list[str] = []
        app = Flask("provider")
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._client = Client(redirect)
        self._routes(app)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _routes(self, app: Flask) -> None:
        own = self

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # Authlib's form

            def save_authorization_code(self, code: str, request: Any) -> Code:
                payload = request.payload
                made = Code(
                    code=code, redirect_uri=payload.redirect_uri, scope=payload.scope,
                    nonce=payload.data.get("nonce"),
                    code_challenge=payload.data.get("code_challenge"),
                    code_challenge_method=payload.data.get("code_challenge_method"),
                )  # fmt: skip
                own.codes[code] = made
                return made

            def query_authorization_code(self, code: str, client: Client) -> Code | None:
                return own.codes.get(code)

            def delete_authorization_code(self, authorization_code: Code) -> None:
                own.codes.pop(authorization_code.code, None)

            def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
                return own.person

        class IdToken(OpenIDCode):
            def exists_nonce(self, nonce: str, request: Any) -> bool:
                return False

            def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
                return UserInfo(user)

            def process_token(self, grant: Any, response: Any) -> Any:
                token = grant.request.authorization_code
                now = int(time.time())
                header = {"alg": "RS256", "kid": own.key.kid}
                claims = {
                    "iss": own.issuer, "aud": CLIENT, "iat": now, "exp": now + 300,
                    "nonce": token.get_nonce(), **own.person,
                }  # fmt: skip
                bend = own.bend or (lambda head, body, key: jwt.encode(head, body, key))
                response[1]["id_token"] = bend(header, claims, own.key)
                return response

        server = AuthorizationServer(
            app, query_client=lambda _id: own._client, save_token=lambda _token, _request: None
        )
        server.register_grant(CodeGrant, [CodeChallenge(required=True), IdToken()])

        @app.get("/.well-known/openid-configuration")
        def configuration() -> Any:
            return jsonify(
                issuer=own.issuer,
                authorization_endpoint=own.issuer + "/authorize",
                token_endpoint=own.issuer + "/token",
                jwks_uri=own.issuer + "/jwks",
                end_session_endpoint=own.issuer + "/leave",
            )

        @app.get("/jwks")
        def jwks() -> Any:
            own.asked.append("jwks")
            return jsonify(keys=[own.key.as_dict(private=False)])

        @app.get("/authorize")
        def authorize() -> Any:
            grant = server.get_consent_grant(end_user=own.person)
            return server.create_authorization_response(grant_user=own.person, grant=grant)

        @app.post("/token")
        def token() -> Any:
            own.asked.append("token")
            return server.create_token_response()
