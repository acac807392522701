"""Every way an approval changes: requests.py, decisions.py, conditions.py, delegations.py."""
