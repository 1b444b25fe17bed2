"""Train two models, register both, compare them, see the contributor's impact, get an attestation.

The integration guide's journey as one program to copy. It needs an Ethereum key of your own and a
registry to talk to:

    REGISTRY_URL=http://127.0.0.1:8000 MLFLOW_TRACKING_URI=http://127.0.0.1:5000/mlflow \
    ETH_PRIVATE_KEY=0x… MODEL_NAME="my classifier" .venv/bin/python examples/third_party_integration.py

The data are the 1,797 handwritten digits that scikit-learn ships. The baseline is trained on a tenth
of the training rows, the improved model on all of them: the nine tenths are what the contributor
gave, so the gain is real, and the same on every machine.
"""

import os
import sys
import time
from datetime import UTC, datetime

import mlflow
import mlflow.sklearn
import requests
from eth_account import Account
from eth_account.messages import encode_defunct
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from sklearn.model_selection import train_test_split

# The name belongs to whoever registers it first: choose one of your own.
MODEL_NAME = os.environ.get("MODEL_NAME", "third_party_classifier")


class HokusaiAuth:
    """Signs each request with your wallet. Over the internet, use https only."""

    def __init__(self, private_key: str, registry_url: str) -> None:
        self.account = Account.from_key(private_key)
        self.api_base = f"{registry_url}/api"

    def get_auth_headers(self) -> dict[str, str]:
        # Each message is accepted once, within five minutes of its time.
        message = f"Hokusai API Access - {datetime.now(UTC).replace(tzinfo=None).isoformat()}"
        signed = self.account.sign_message(encode_defunct(text=message))
        return {
            "X-ETH-Address": self.account.address,
            "X-ETH-Message": message,
            "X-ETH-Signature": signed.signature.hex(),
        }

    def make_request(self, method: str, endpoint: str, json=None, params=None) -> dict:
        response = requests.request(
            method,
            f"{self.api_base}{endpoint}",
            headers=self.get_auth_headers(),
            json=json,
            params=params,
            timeout=60,
        )
        if not response.ok:
            problem = response.json()
            sys.exit(f"{method} {endpoint}: {response.status_code} {problem['code']}: {problem['detail']}")
        return response.json()


def train_model(rows: slice, contributor_address: str | None = None) -> dict:
    """Train on some of the training rows and log the run; the test rows are always the same."""
    features, labels = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(features, labels, test_size=0.2, random_state=42)
    x_train, y_train = x_train[rows], y_train[rows]
    parameters = {"n_estimators": 100, "max_depth": 10, "random_state": 42}
    with mlflow.start_run() as run:
        mlflow.log_params({"model_type": "RandomForestClassifier", "training_rows": len(x_train), **parameters})
        if contributor_address:
            mlflow.set_tags({"contributor_address": contributor_address, "data_source": "contributed"})
        model = RandomForestClassifier(**parameters).fit(x_train, y_train)
        predicted = model.predict(x_test)
        metrics = {
            "accuracy": float(accuracy_score(y_test, predicted)),
            "precision": float(precision_score(y_test, predicted, average="weighted")),
            "recall": float(recall_score(y_test, predicted, average="weighted")),
            "f1_score": float(f1_score(y_test, predicted, average="weighted")),
        }
        mlflow.log_metrics(metrics)
        mlflow.sklearn.log_model(
            model,
            name="model",
            registered_model_name=MODEL_NAME,
            # skops, MLflow's format for scikit-learn, wants to hear that trees may be loaded again.
            skops_trusted_types=["sklearn.tree._tree.Tree"],
            # Named here, so that MLflow does not spend seconds on finding out.
            pip_requirements=["scikit-learn"],
        )
        mlflow.log_dict(metrics, "metrics.json")
    return {
        "run_id": run.info.run_id,
        "model_uri": f"runs:/{run.info.run_id}/model",
        "metrics": metrics,
        "training_rows": len(x_train),
    }


def register_model(
    auth: HokusaiAuth, result: dict, contributor: str | None = None, baseline_model_id: str | None = None
) -> dict:
    return auth.make_request(
        "POST",
        "/models/register",
        json={
            "model_name": MODEL_NAME,
            "model_type": "classification",
            "mlflow_run_id": result["run_id"],
            "model_uri": result["model_uri"],
            "metrics": result["metrics"],
            "metadata": {
                "framework": "scikit-learn",
                "algorithm": "RandomForest",
                "description": "Handwritten digits",
                "training_data_size": result["training_rows"],
            },
            "contributor_address": contributor,
            "baseline_model_id": baseline_model_id,
        },
    )


def wait_until_verified(auth: HokusaiAuth, model_id: str, seconds: int = 60) -> str:
    """A worker holds the claim against MLflow; that takes a second or two."""
    name, version = model_id.rsplit(":", 1)
    for _ in range(seconds):
        verification = auth.make_request("GET", f"/models/{name}/{version}")["verification"]
        if verification not in ("pending", "unreachable"):
            return verification
        time.sleep(1)
    return verification


def main() -> None:
    registry_url = os.environ.get("REGISTRY_URL", "http://127.0.0.1:8000").rstrip("/")
    private_key = os.environ.get("ETH_PRIVATE_KEY") or sys.exit("Set ETH_PRIVATE_KEY to your wallet's key.")
    auth = HokusaiAuth(private_key, registry_url)
    contributor = auth.account.address
    mlflow.set_tracking_uri(os.environ.get("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000/mlflow"))
    mlflow.set_experiment("third_party_models")

    print(f"Wallet {contributor}, model {MODEL_NAME}")
    print("1. Training the baseline on a tenth of the rows …")
    baseline = train_model(slice(0, 144))
    print("2. Registering the baseline …")
    baseline_id = register_model(auth, baseline)["model_id"]
    print("3. Training the improved model with the contributed rows …")
    improved = train_model(slice(None), contributor_address=contributor)
    print("4. Registering the improved model …")
    improved_id = register_model(auth, improved, contributor, baseline_id)["model_id"]
    print("5. Waiting until the registry has verified both against MLflow …")
    for model_id in (baseline_id, improved_id):
        print(f"   {model_id}: {wait_until_verified(auth, model_id)}")
    print("6. Comparing, and reading the contributor's impact …")
    comparison = auth.make_request("GET", "/models/compare", params={"model1": baseline_id, "model2": improved_id})
    print("7. Asking for the attestation …")
    attestation = auth.make_request(
        "POST",
        f"/models/{improved_id}/attestation",
        json={
            "model_id": improved_id,
            "baseline_model_id": baseline_id,
            "attestation_type": "performance_improvement",
            "metadata": {"contributor": contributor},
        },
    )
    impact = auth.make_request("GET", f"/contributors/{contributor}/impact")
    report(registry_url, baseline_id, improved_id, comparison, impact, attestation["hash"])


def report(
    registry_url: str, baseline_id: str, improved_id: str, comparison: dict, impact: dict, attestation_hash: str
) -> None:
    print(f"\nBaseline Model ID: {baseline_id}")
    print(f"Improved Model ID: {improved_id}")
    print("Performance Delta:")
    for name, row in comparison["metrics"].items():
        print(f"  {name:<10} {row['baseline']:.4f} → {row['candidate']:.4f}   {row['delta']:+.4f}")
    deltaone = comparison["deltaone"]
    print(f"DeltaOne ({deltaone['threshold_bps']} basis points): {'achieved' if deltaone['achieved'] else 'missed'}")
    print(
        f"Contributor's impact: {impact['total_models_improved']} version(s) improved, "
        f"{impact['total_improvement_score']:.2f} basis points counted"
    )
    print(f"Attestation Hash: {attestation_hash}")
    print("\nWhere to look next:")
    print(f"  {registry_url}/contributors/{impact['address']}")
    print(f"  {registry_url}/api/attestations/{attestation_hash}")
    print(f"  {registry_url}/docs")


if __name__ == "__main__":
    main()
